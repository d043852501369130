"""The operators' pages about single sign-on and directories."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from promptguard.core.admin import OperatorAdmin
from promptguard.core.caller import Actor, ActorType, Caller, Via
from sso import models
from sso.services.domains import vouch_for_domain


@admin.register(models.Connection)
class ConnectionAdmin(OperatorAdmin):
    list_display = ("organization", "provider", "issuer", "is_active", "is_enforced", "created_at")
    list_filter = ("provider", "is_active", "is_enforced")
    search_fields = ("organization__slug", "issuer")
    exclude = ("sealed_secret",)


@admin.register(models.GroupRole)
class GroupRoleAdmin(OperatorAdmin):
    list_display = ("organization", "group", "role")
    search_fields = ("organization__slug", "group")


@admin.register(models.Identity)
class IdentityAdmin(OperatorAdmin):
    list_display = ("organization", "user", "issuer", "last_sign_in_at")
    list_select_related = ("organization", "user")
    search_fields = ("organization__slug", "email")


@admin.register(models.SsoSession)
class SsoSessionAdmin(OperatorAdmin):
    list_display = ("organization", "created_at", "ends_at", "acr")
    search_fields = ("organization__slug",)
    exclude = ("sealed_id_token",)


@admin.register(models.Domain)
class DomainAdmin(OperatorAdmin):
    list_display = ("name", "organization", "status", "is_vouched", "checked_at")
    search_fields = ("name", "organization__slug")
    actions = ("vouch",)

    @admin.action(description="Vouch for the selected domains (no TXT record needed)")
    def vouch(self, request: HttpRequest, rows: QuerySet[models.Domain]) -> None:
        actor = Actor(ActorType.OPERATOR, request.user.pk, Via.ADMIN)
        for domain in rows:
            vouch_for_domain(caller=Caller(domain.organization_id, actor), domain=domain)


@admin.register(models.DirectoryToken)
class DirectoryTokenAdmin(OperatorAdmin):
    list_display = ("prefix", "organization", "created_at", "expires_at", "last_used_at", "revoked_at")
    search_fields = ("prefix", "organization__slug")
    exclude = ("token_hash",)


@admin.register(models.DirectoryUser)
class DirectoryUserAdmin(OperatorAdmin):
    list_display = ("user_name", "organization", "is_active", "modified_at")
    list_filter = ("is_active",)
    search_fields = ("user_name", "organization__slug")


@admin.register(models.DirectoryGroup)
class DirectoryGroupAdmin(OperatorAdmin):
    list_display = ("display_name", "organization", "modified_at")
    search_fields = ("display_name", "organization__slug")


@admin.register(models.DirectoryGroupMember)
class DirectoryGroupMemberAdmin(OperatorAdmin):
    list_display = ("organization", "group", "member")
    list_select_related = ("organization", "group", "member")
    search_fields = ("organization__slug",)


@admin.register(models.DirectoryRequest)
class DirectoryRequestAdmin(OperatorAdmin):
    list_display = ("organization", "verb", "path", "status", "created_at")
    list_filter = ("verb", "status")
    search_fields = ("organization__slug",)
