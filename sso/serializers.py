"""Shapes of the doors about connections, domains and sign-in. The connection's is the guide's `sso_config`."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from promptguard.core.shapes import ShownOnce
from sso.domainnames import normalised
from sso.models import Connection, DirectoryRequest, DirectoryToken, Domain
from sso.models.connections import GRANTABLE, Provider

ROLES = [role.value for role in GRANTABLE]


class GroupRoles(serializers.DictField):
    child = serializers.ChoiceField(ROLES)


def _texts(longest: int) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=longest), max_length=20, required=False
    )


class ConnectionChanges(serializers.Serializer):
    provider = serializers.ChoiceField(Provider.choices, required=False)
    issuer = serializers.CharField(max_length=300, required=False)
    client_id = serializers.CharField(max_length=255, required=False)
    client_secret = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, write_only=True, trim_whitespace=False,
        help_text="Stored encrypted and never shown; empty for a public client.",
    )  # fmt: skip
    allowed_domains = serializers.ListField(
        child=serializers.CharField(max_length=253), min_length=1, max_length=50, required=False
    )
    auto_provision = serializers.BooleanField(required=False)
    default_role = serializers.ChoiceField(ROLES, required=False)
    groups_claim = serializers.CharField(max_length=100, required=False)
    group_roles = GroupRoles(required=False, help_text="The provider's group → role; of several the highest.")
    required_acr = _texts(200)
    required_amr = _texts(50)
    max_session_minutes = serializers.IntegerField(
        min_value=5, max_value=43_200, required=False, allow_null=True
    )
    is_active = serializers.BooleanField(required=False)
    is_enforced = serializers.BooleanField(
        required=False, help_text="Addresses of verified domains must sign in here."
    )
    break_glass_user_id = serializers.UUIDField(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        """The guide wraps the settings in `sso_config`; both forms are taken."""
        inner = data.get("sso_config") if isinstance(data, dict) else None
        return super().to_internal_value(inner if isinstance(inner, dict) else data)

    def validate_allowed_domains(self, names: list[str]) -> list[str]:
        try:
            return sorted({normalised(name) for name in names})
        except ValueError as error:
            raise serializers.ValidationError(f"One of them {error}.") from error

    def validate_group_roles(self, mapping: dict[str, str]) -> dict[str, str]:
        if len(mapping) > 200 or any(not 0 < len(group) <= 255 for group in mapping):
            raise serializers.ValidationError("At most 200 groups, with names of at most 255 characters.")
        return mapping


class ConnectionIn(ConnectionChanges):
    issuer = serializers.CharField(max_length=300)
    client_id = serializers.CharField(max_length=255)
    allowed_domains = serializers.ListField(
        child=serializers.CharField(max_length=253), min_length=1, max_length=50
    )


class ConnectionOut(serializers.ModelSerializer):
    has_client_secret = serializers.SerializerMethodField()
    group_roles = serializers.SerializerMethodField()
    break_glass_user_id = serializers.UUIDField(allow_null=True)
    authorize_url = serializers.SerializerMethodField()
    callback_url = serializers.SerializerMethodField()
    backchannel_logout_url = serializers.SerializerMethodField()
    post_logout_url = serializers.SerializerMethodField()
    scim_url = serializers.SerializerMethodField()

    class Meta:
        model = Connection
        fields = [
            "id", "provider", "issuer", "client_id", "has_client_secret", "allowed_domains", "auto_provision",
            "default_role", "groups_claim", "group_roles", "required_acr", "required_amr", "max_session_minutes",
            "is_active", "is_enforced", "break_glass_user_id", "authorize_url", "callback_url",
            "backchannel_logout_url", "post_logout_url", "scim_url", "created_at",
        ]  # fmt: skip

    def get_has_client_secret(self, connection: Connection) -> bool:
        return bool(connection.sealed_secret)

    def get_group_roles(self, connection: Connection) -> dict[str, str]:
        return {row.group: row.role for row in connection.group_roles.all()}

    def get_authorize_url(self, connection: Connection) -> str:
        return self._door("sso-authorize", connection)

    def get_callback_url(self, connection: Connection) -> str:
        return self._door("sso-callback", connection)

    def get_backchannel_logout_url(self, connection: Connection) -> str:
        return self._door("sso-backchannel", connection)

    def get_post_logout_url(self, connection: Connection) -> str:
        return self._door("sso-logout", connection)

    def get_scim_url(self, connection: Connection) -> str:
        return f"{settings.PUBLIC_URL}/scim/v2/{connection.id}"

    def _door(self, name: str, connection: Connection) -> str:
        return str(settings.PUBLIC_URL + reverse(f"dashboard:{name}", args=[connection.organization.slug]))


class StepOut(serializers.Serializer):
    step = serializers.CharField()
    ok = serializers.BooleanField()
    explanation = serializers.CharField()


class DiagnosisOut(serializers.Serializer):
    ok = serializers.BooleanField()
    steps = StepOut(many=True)
    authorize_url = serializers.URLField()


class TemplateOut(serializers.Serializer):
    provider = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    issuer_format = serializers.CharField()
    scopes = serializers.CharField()
    hint = serializers.CharField()


class TemplatesOut(serializers.Serializer):
    providers = TemplateOut(many=True)


class DomainIn(serializers.Serializer):
    name = serializers.CharField(max_length=253)


class DomainOut(serializers.ModelSerializer):
    status = serializers.CharField()
    record_name = serializers.CharField(help_text="Where the TXT record belongs.")
    record_value = serializers.CharField(source="proof", help_text="What the TXT record says.")

    class Meta:
        model = Domain
        fields = [
            "id", "name", "status", "record_name", "record_value", "verified_at", "checked_at", "failing_since",
            "created_at",
        ]  # fmt: skip


class DirectoryTokenOut(serializers.ModelSerializer):
    class Meta:
        model = DirectoryToken
        fields = ["id", "prefix", "created_at", "expires_at", "last_used_at"]


class NewDirectoryToken(DirectoryTokenOut):
    token = ShownOnce(help_text="Shown once.")

    class Meta(DirectoryTokenOut.Meta):
        fields = [*DirectoryTokenOut.Meta.fields, "token"]


class DirectoryRequestOut(serializers.ModelSerializer):
    class Meta:
        model = DirectoryRequest
        fields = ["id", "verb", "path", "status", "outline", "created_at"]


class DiscoverIn(serializers.Serializer):
    email = serializers.EmailField(max_length=254)


class DiscoverOut(serializers.Serializer):
    method = serializers.ChoiceField(["password", "sso"])
    authorize_url = serializers.CharField(allow_null=True)


class LinkIn(serializers.Serializer):
    password = serializers.CharField(max_length=512, trim_whitespace=False, write_only=True)


class LinkOut(serializers.Serializer):
    issuer = serializers.CharField()
    email = serializers.EmailField()


class LogoutOut(serializers.Serializer):
    logout_url = serializers.CharField(
        allow_blank=True, help_text="Where the browser ends the provider's session."
    )
