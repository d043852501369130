"""Shapes of the dashboard's account and organization doors, in and out."""

import re

from rest_framework import serializers

from organizations.models import Invitation, Membership, Organization, User
from organizations.roles import Role

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])\Z")
# Names that a path, a host name or a support mail could mistake for the product itself.
RESERVED_SLUGS = frozenset({"admin", "api", "dashboard", "promptguard", "static", "support", "system", "www"})


class Credentials(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=512, trim_whitespace=False, write_only=True)


class SignUp(Credentials):
    name = serializers.CharField(max_length=150, required=False, default="")


class RefreshIn(serializers.Serializer):
    refresh_token = serializers.CharField(max_length=512)


class TokenPair(serializers.Serializer):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until the access token expires.")


class UserOut(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "email", "name", "created_at"]


class MembershipOut(serializers.Serializer):
    organization_id = serializers.UUIDField()
    name = serializers.CharField(source="organization.name")
    slug = serializers.CharField(source="organization.slug")
    role = serializers.CharField()


class Me(serializers.Serializer):
    user = UserOut()
    memberships = MembershipOut(many=True)
    organization_id = serializers.UUIDField(allow_null=True)
    permissions = serializers.ListField(child=serializers.CharField())


class OrganizationIn(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    slug = serializers.CharField(max_length=50)

    def validate_slug(self, slug: str) -> str:
        if not SLUG.match(slug):
            raise serializers.ValidationError(
                "3 to 50 lower-case letters, digits and hyphens, beginning and ending with a letter or digit."
            )
        if slug in RESERVED_SLUGS:
            raise serializers.ValidationError("This slug is reserved.")
        return slug


class OrganizationChanges(serializers.Serializer):
    name = serializers.CharField(max_length=100)


class OrganizationOut(serializers.ModelSerializer):
    class Meta:
        model = Organization
        fields = ["id", "name", "slug", "is_personal", "created_at"]


class MemberOut(serializers.ModelSerializer):
    user_id = serializers.UUIDField()
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")

    class Meta:
        model = Membership
        fields = ["user_id", "email", "name", "role", "created_at"]


class InvitationIn(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField([role.value for role in Role])


class InvitationOut(serializers.ModelSerializer):
    status = serializers.CharField()

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "status", "created_at", "expires_at"]
