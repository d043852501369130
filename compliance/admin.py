"""The officers' pages about requests and retention."""

from django.contrib import admin

from compliance.models import HeldEndUser, PrivacyRequest, RetentionSetting
from compliance.posture import admin as posture_admin  # noqa: F401  registers its page
from promptguard.core.admin import OperatorAdmin


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(OperatorAdmin):
    list_display = ("id", "kind", "scope", "state", "created_at", "due_at", "finished_at", "explanation")
    list_filter = ("kind", "scope", "state")
    search_fields = ("id", "subject_id")
    exclude = ("subject", "link_hash", "receipt_hash", "package")


@admin.register(RetentionSetting)
class RetentionSettingAdmin(OperatorAdmin):
    list_display = ("kind", "days", "organization", "set_at")
    list_filter = ("kind",)
    search_fields = ("organization__slug",)


@admin.register(HeldEndUser)
class HeldEndUserAdmin(OperatorAdmin):
    list_display = ("hold_id", "organization")
    list_select_related = ("organization",)
    search_fields = ("hold_id", "organization__slug")
    exclude = ("label",)
