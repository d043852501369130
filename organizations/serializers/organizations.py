"""Shapes about an organization: itself, its settings, members, invitations, roles."""

import re
from typing import Any

from rest_framework import serializers

from organizations.models import (
    CustomRole,
    Invitation,
    Membership,
    Organization,
    OwnershipOffer,
    ProjectGrant,
)
from organizations.roles import ACCOUNT, CUSTOM, RESERVED, VOCABULARY, Role
from organizations.selectors import INVITATION_STATUSES

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])\Z")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z")
# Names that a path, a host name or a support mail could mistake for the product itself.
RESERVED_SLUGS = frozenset({"admin", "api", "dashboard", "promptguard", "static", "support", "system", "www"})
ROLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{1,38}[A-Za-z0-9]\Z")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
YEAR_MINUTES = 366 * 24 * 60


class NameField(serializers.CharField):
    """What people call something: no control characters, no text that turns its neighbours around."""

    def to_internal_value(self, given: Any) -> str:
        text: str = super().to_internal_value(given)
        if CONTROL.search(text):
            raise serializers.ValidationError("Must not contain control characters.")
        return text


class SlugField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=50, **kwargs)

    def to_internal_value(self, given: Any) -> str:
        slug: str = super().to_internal_value(given)
        if not SLUG.match(slug):
            raise serializers.ValidationError(
                "3 to 50 lower-case letters, digits and hyphens, beginning and ending with a letter or digit."
            )
        if slug in RESERVED_SLUGS:
            raise serializers.ValidationError("This slug is reserved.")
        return slug


class OrganizationIn(serializers.Serializer):
    name = NameField(max_length=100)
    slug = SlugField()


class OrganizationChanges(serializers.Serializer):
    name = NameField(max_length=100, required=False)
    slug = SlugField(required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given:
            raise serializers.ValidationError("Nothing to change.")
        return given


class OrganizationOut(serializers.ModelSerializer):
    class Meta:
        model = Organization
        fields = ["id", "name", "slug", "is_personal", "created_at", "closing_at"]


class SettingsOut(serializers.ModelSerializer):
    class Meta:
        model = Organization
        fields = [
            "require_second_factor",
            "session_idle_minutes",
            "session_absolute_minutes",
            "allowed_email_domains",
            "version",
        ]


class SettingsChanges(serializers.Serializer):
    require_second_factor = serializers.BooleanField(required=False)
    session_idle_minutes = serializers.IntegerField(
        required=False, allow_null=True, min_value=5, max_value=YEAR_MINUTES
    )
    session_absolute_minutes = serializers.IntegerField(
        required=False, allow_null=True, min_value=15, max_value=YEAR_MINUTES
    )
    allowed_email_domains = serializers.ListField(
        required=False, max_length=50, child=serializers.CharField(max_length=253)
    )

    def validate_allowed_email_domains(self, domains: list[str]) -> list[str]:
        lowered = sorted({domain.lower() for domain in domains})
        if not all(DOMAIN.match(domain) for domain in lowered):
            raise serializers.ValidationError("Each must be a domain name such as acme.com.")
        return lowered

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given:
            raise serializers.ValidationError("Nothing to change.")
        return given


class Closing(serializers.Serializer):
    confirmation = serializers.CharField(max_length=50, help_text="The slug of the organization.")


class MemberOut(serializers.ModelSerializer):
    user_id = serializers.UUIDField()
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.CharField(source="role_name")

    class Meta:
        model = Membership
        fields = ["user_id", "email", "name", "role", "created_at"]


class MemberFilters(serializers.Serializer):
    search = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    role = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class RoleName(serializers.Serializer):
    role = serializers.CharField(
        max_length=40, help_text="owner, admin, member, viewer or a custom role's name."
    )


class KeysFate(serializers.Serializer):
    """What becomes of the API keys that somebody made who goes."""

    keys = serializers.ChoiceField(["revoke", "transfer"], required=False, default="revoke")


class Heir(serializers.Serializer):
    user_id = serializers.UUIDField()


class OwnershipOfferOut(serializers.ModelSerializer):
    from_user_id = serializers.UUIDField()
    to_user_id = serializers.UUIDField()

    class Meta:
        model = OwnershipOffer
        fields = ["id", "from_user_id", "to_user_id", "created_at", "expires_at", "accepted_at"]


class InvitationIn(RoleName):
    email = serializers.EmailField(max_length=254)


class InvitationFilters(serializers.Serializer):
    status = serializers.ChoiceField(INVITATION_STATUSES, required=False, default="pending")


class InvitationOut(serializers.ModelSerializer):
    status = serializers.CharField()
    role = serializers.CharField(source="role_name")
    invited_by = serializers.EmailField(source="invited_by.email")

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "status", "invited_by", "created_at", "expires_at"]


class InvitationPreview(serializers.Serializer):
    """What somebody was invited to, for whoever holds the link."""

    organization = serializers.CharField(source="organization.name")
    email = serializers.EmailField()
    role = serializers.CharField(source="role_name")
    invited_by = serializers.EmailField(source="invited_by.email")
    expires_at = serializers.DateTimeField()


class CsvIn(serializers.Serializer):
    csv = serializers.CharField(max_length=500_000, trim_whitespace=False, help_text="Lines of email[,role].")


class RowReportOut(serializers.Serializer):
    row = serializers.IntegerField(help_text="Line of the file, from 1.")
    email = serializers.CharField()
    status = serializers.ChoiceField(["invited", "already_member", "invalid", "above_rank", "duplicate"])
    detail = serializers.CharField(allow_blank=True)
    invitation_id = serializers.UUIDField(allow_null=True)


class BulkReport(serializers.Serializer):
    invited = serializers.IntegerField()
    rows = RowReportOut(many=True)


class JoinedOut(serializers.Serializer):
    organization_id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    role = serializers.CharField(source="role_name")


class CustomRoleIn(serializers.Serializer):
    name = serializers.CharField(max_length=40)
    description = NameField(max_length=300, required=False, default="", allow_blank=True)
    permissions = serializers.ListField(
        child=serializers.ChoiceField(sorted(VOCABULARY - ACCOUNT - RESERVED)), min_length=1
    )

    def validate_name(self, name: str) -> str:
        if not ROLE_NAME.match(name):
            raise serializers.ValidationError("3 to 40 letters, digits, spaces, hyphens and underscores.")
        if name.lower() in (*Role, CUSTOM, "all"):
            raise serializers.ValidationError("This name is taken by a built-in role.")
        return name


class CustomRoleChanges(CustomRoleIn):
    name = serializers.CharField(max_length=40, required=False)
    description = NameField(max_length=300, required=False, allow_blank=True)
    permissions = serializers.ListField(
        child=serializers.ChoiceField(sorted(VOCABULARY - ACCOUNT - RESERVED)), min_length=1, required=False
    )


class CustomRoleOut(serializers.ModelSerializer):
    class Meta:
        model = CustomRole
        fields = ["id", "name", "description", "permissions", "created_at"]


class RoleOut(serializers.Serializer):
    """A role, built in or custom; only custom ones have an id."""

    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    is_custom = serializers.BooleanField()
    permissions = serializers.ListField(child=serializers.CharField())
    members = serializers.IntegerField()


class Roles(serializers.Serializer):
    """All of them on one page: an organization has a handful."""

    results = RoleOut(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ProjectPermissions(serializers.Serializer):
    project_id = serializers.UUIDField()
    permissions = serializers.ListField(child=serializers.CharField())


class OwnPermissions(serializers.Serializer):
    """What the caller may do here: everywhere, and in single projects beyond that."""

    organization_id = serializers.UUIDField()
    permissions = serializers.ListField(child=serializers.CharField())
    projects = ProjectPermissions(many=True)


class GrantIn(serializers.Serializer):
    role = serializers.ChoiceField([Role.MEMBER.value, Role.VIEWER.value])


class GrantOut(serializers.ModelSerializer):
    user_id = serializers.UUIDField()
    project_id = serializers.UUIDField()
    email = serializers.EmailField(source="user.email")

    class Meta:
        model = ProjectGrant
        fields = ["user_id", "email", "project_id", "role", "created_at"]
