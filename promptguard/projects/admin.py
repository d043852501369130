"""The operators' pages about projects and keys."""

from django.contrib import admin

from promptguard.core.admin import OperatorAdmin
from promptguard.projects.models import ApiKey, Project


@admin.register(Project)
class ProjectAdmin(OperatorAdmin):
    list_display = ("name", "organization", "use_case", "strictness_level", "fail_mode", "created_at")
    list_filter = ("use_case", "strictness_level", "fail_mode")
    search_fields = ("name", "organization__slug")


@admin.register(ApiKey)
class ApiKeyAdmin(OperatorAdmin):
    list_display = ("name", "prefix", "organization", "project", "is_active", "last_used_at", "expires_at")
    list_filter = ("is_active",)
    list_select_related = ("organization", "project")
    search_fields = ("name", "public_id", "organization__slug")
    exclude = ("secret_hash", "previous_secret_hash")
