"""The operators' pages: read-only unless declared."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from promptguard.core.models import IdempotencyClaim, Job
from promptguard.core.tenancy import TenantModel


class OperatorAdmin(ModelAdmin):
    """Every page is read-only. A write is an action that calls a service, which audits it."""

    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("organization") if issubclass(self.model, TenantModel) else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.model._meta.fields if field.name not in (self.exclude or ())]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(IdempotencyClaim)
class IdempotencyClaimAdmin(OperatorAdmin):
    list_display = ("id", "scope_id", "principal_id", "status", "created_at", "expires_at")
    exclude = ("key_hash", "fingerprint", "response")


@admin.register(Job)
class JobAdmin(OperatorAdmin):
    list_display = ("task", "organization_id", "status", "attempts", "due_at", "finished_at", "last_error")
    list_filter = ("status", "queue", "task")
    search_fields = ("task", "organization_id")
