"""The operators' pages about people and tenants. Hashes and sealed values are on none of them."""

from django.contrib import admin
from django.contrib.auth.models import Group

from organizations.console import OperatorSignIn
from organizations.limits.admin import OverridesRateLimit
from organizations.models import (
    AccountLink,
    AuthSession,
    CustomRole,
    Invitation,
    Membership,
    Organization,
    OutgoingMail,
    OwnershipOffer,
    PersonalAccessToken,
    ProjectGrant,
    RecoveryCode,
    SecondFactor,
    User,
)
from organizations.networks import admin as networks_admin  # noqa: F401  registers its page
from promptguard.core.admin import OperatorAdmin

admin.site.unregister(Group)
admin.site.login_form = OperatorSignIn
admin.site.login_template = "organizations/operator_sign_in.html"


@admin.register(User)
class UserAdmin(OperatorAdmin):
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    exclude = ("password",)


@admin.register(Organization)
class OrganizationAdmin(OverridesRateLimit, OperatorAdmin):
    list_display = (
        "name",
        "slug",
        "plan",
        "is_personal",
        "require_second_factor",
        "closing_at",
        "created_at",
    )
    list_filter = ("plan", "is_personal", "require_second_factor")
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipAdmin(OperatorAdmin):
    list_display = ("organization", "user", "role_name", "created_at")
    list_filter = ("role",)
    list_select_related = ("organization", "user", "custom_role")
    search_fields = ("user__email", "organization__slug")


@admin.register(CustomRole)
class CustomRoleAdmin(OperatorAdmin):
    list_display = ("name", "organization", "permissions", "created_at")
    search_fields = ("name", "organization__slug")


@admin.register(ProjectGrant)
class ProjectGrantAdmin(OperatorAdmin):
    list_display = ("organization", "project", "user", "role", "created_at")
    list_select_related = ("organization", "project", "user")
    search_fields = ("user__email", "organization__slug")


@admin.register(Invitation)
class InvitationAdmin(OperatorAdmin):
    list_display = ("email", "organization", "role_name", "status", "expires_at")
    list_select_related = ("organization", "custom_role")
    search_fields = ("email", "organization__slug")
    exclude = ("token_hash",)


@admin.register(OwnershipOffer)
class OwnershipOfferAdmin(OperatorAdmin):
    list_display = ("organization", "from_user", "to_user", "created_at", "accepted_at", "ended_at")
    list_select_related = ("organization", "from_user", "to_user")
    search_fields = ("organization__slug",)


@admin.register(AuthSession)
class AuthSessionAdmin(OperatorAdmin):
    list_display = ("user", "ip", "created_at", "last_seen_at", "second_factor_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    exclude = ("cookie_hash",)


@admin.register(SecondFactor)
class SecondFactorAdmin(OperatorAdmin):
    list_display = ("user", "created_at", "confirmed_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("sealed_secret",)


@admin.register(RecoveryCode)
class RecoveryCodeAdmin(OperatorAdmin):
    list_display = ("user", "used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("code_hash",)


@admin.register(AccountLink)
class AccountLinkAdmin(OperatorAdmin):
    list_display = ("user", "purpose", "created_at", "expires_at", "used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("token_hash",)


@admin.register(PersonalAccessToken)
class PersonalAccessTokenAdmin(OperatorAdmin):
    list_display = ("prefix", "organization", "user", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("organization", "user")
    search_fields = ("user__email", "organization__slug")
    exclude = ("token_hash",)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(OperatorAdmin):
    list_display = ("kind", "address", "attempts", "due_at")
    search_fields = ("address",)
    exclude = ("sealed_context",)
