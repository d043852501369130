"""The operators' pages about people and tenants."""

from django.contrib import admin
from django.contrib.auth.models import Group

from organizations.limits.admin import OverridesRateLimit
from organizations.models import AuthSession, Invitation, Membership, Organization, User
from organizations.networks import admin as networks_admin  # noqa: F401  registers its page
from promptguard.core.admin import OperatorAdmin

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(OperatorAdmin):
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    exclude = ("password",)


@admin.register(Organization)
class OrganizationAdmin(OverridesRateLimit, OperatorAdmin):
    list_display = ("name", "slug", "plan", "is_personal", "created_at")
    list_filter = ("plan", "is_personal")
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipAdmin(OperatorAdmin):
    list_display = ("organization", "user", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("organization", "user")
    search_fields = ("user__email", "organization__slug")


@admin.register(Invitation)
class InvitationAdmin(OperatorAdmin):
    list_display = ("email", "organization", "role", "status", "expires_at")
    list_select_related = ("organization",)
    search_fields = ("email", "organization__slug")
    exclude = ("token_hash",)


@admin.register(AuthSession)
class AuthSessionAdmin(OperatorAdmin):
    list_display = ("user", "ip", "created_at", "last_seen_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    exclude = ("cookie_hash",)
