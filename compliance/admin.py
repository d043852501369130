"""The officers' page about requests."""

from django.contrib import admin

from compliance.models import PrivacyRequest
from promptguard.core.admin import OperatorAdmin


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(OperatorAdmin):
    list_display = ("id", "kind", "scope", "state", "created_at", "due_at", "finished_at", "explanation")
    list_filter = ("kind", "scope", "state")
    search_fields = ("id", "subject_id")
    exclude = ("subject", "link_hash", "receipt_hash", "package")
