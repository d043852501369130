"""Shapes about a person: signing up and in, sessions, second factors, access tokens."""

from typing import Any

from rest_framework import serializers

from organizations.models import AuthSession, PersonalAccessToken, User
from organizations.roles import ACCOUNT, VOCABULARY
from promptguard.core.shapes import ShownOnce, ShownOnceList

GRANTABLE = sorted(VOCABULARY - ACCOUNT)


class Password(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=512, trim_whitespace=False, write_only=True, **kwargs)


class Token(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, write_only=True, **kwargs)


class Otp(serializers.CharField):
    """Six digits of an authenticator app, or a recovery code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, write_only=True, **kwargs)


class Address(serializers.Serializer):
    email = serializers.EmailField(max_length=254)


class SignUp(Address):
    password = Password()
    name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)


class SignedUp(serializers.Serializer):
    """The same for a new address and for one that has an account: the rest is said by mail."""

    email = serializers.EmailField()
    name = serializers.CharField()
    verification = serializers.ChoiceField(["required", "optional"])


class Credentials(Address):
    password = Password()
    otp = Otp(required=False, default="", allow_blank=True)


class RefreshIn(serializers.Serializer):
    refresh_token = serializers.CharField(max_length=512)


class TokenPair(serializers.Serializer):
    access_token = ShownOnce()
    refresh_token = ShownOnce()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until the access token expires.")


class Accepted(serializers.Serializer):
    """The same whether or not there is such an account."""

    detail = serializers.CharField()


class LinkToken(serializers.Serializer):
    token = Token()


class NewPassword(LinkToken):
    password = Password()


class PasswordChange(serializers.Serializer):
    current_password = Password()
    new_password = Password()


class Proof(serializers.Serializer):
    """Password or code; one of the two."""

    password = Password(required=False, default="", allow_blank=True)
    otp = Otp(required=False, default="", allow_blank=True)

    def validate(self, given: dict[str, str]) -> dict[str, str]:
        if not given["password"] and not given["otp"]:
            raise serializers.ValidationError("Send `password` or `otp`.")
        return given


class Code(serializers.Serializer):
    otp = Otp()


class SecondFactorState(serializers.Serializer):
    enabled = serializers.BooleanField()
    unused_recovery_codes = serializers.IntegerField()


class EnrolmentOut(serializers.Serializer):
    """For the authenticator app; in this answer only."""

    secret = ShownOnce()
    otpauth_uri = ShownOnce()


class RecoveryCodes(serializers.Serializer):
    """Each works once; in this answer only."""

    recovery_codes = ShownOnceList(child=serializers.CharField())


class SessionOut(serializers.ModelSerializer):
    is_current = serializers.BooleanField()
    second_factor = serializers.SerializerMethodField()

    class Meta:
        model = AuthSession
        fields = ["id", "ip", "user_agent", "created_at", "last_seen_at", "second_factor", "is_current"]

    def get_second_factor(self, session: AuthSession) -> bool:
        return session.second_factor_at is not None


class UserOut(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "email", "name", "email_verified_at", "created_at"]


class MembershipOut(serializers.Serializer):
    organization_id = serializers.UUIDField()
    name = serializers.CharField(source="organization.name")
    slug = serializers.CharField(source="organization.slug")
    role = serializers.CharField(source="role_name")


class Me(serializers.Serializer):
    user = UserOut()
    memberships = MembershipOut(many=True)
    organization_id = serializers.UUIDField(allow_null=True)
    permissions = serializers.ListField(child=serializers.CharField())


class AccessTokenIn(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    permissions = serializers.ListField(child=serializers.ChoiceField(GRANTABLE), min_length=1)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class AccessTokenOut(serializers.ModelSerializer):
    class Meta:
        model = PersonalAccessToken
        fields = ["id", "name", "prefix", "permissions", "created_at", "expires_at", "last_used_at"]


class NewAccessToken(AccessTokenOut):
    """`token` is in this answer and in no other."""

    token = ShownOnce(help_text="The whole token. It is shown once.")

    class Meta(AccessTokenOut.Meta):
        fields = [*AccessTokenOut.Meta.fields, "token"]

    def to_representation(self, created: Any) -> dict[str, Any]:
        row, row.token = created
        shown: dict[str, Any] = super().to_representation(row)
        return shown


class InvitedSignUp(LinkToken):
    password = Password()
    name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
