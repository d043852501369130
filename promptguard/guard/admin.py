"""The operators' page about decisions. Operators see what was decided, never what was said."""

from django.contrib import admin

from promptguard.core.admin import OperatorAdmin
from promptguard.guard.models import Interaction


@admin.register(Interaction)
class InteractionAdmin(OperatorAdmin):
    list_display = (
        "event_id",
        "organization",
        "project",
        "decision",
        "threat_type",
        "confidence",
        "created_at",
    )
    list_filter = ("decision", "threat_type", "endpoint")
    list_select_related = ("organization", "project")
    search_fields = ("id", "reason", "organization__slug")
    exclude = ("content", "salt", "canonical", "leaf_hash", "end_user", "ip")
