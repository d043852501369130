"""The operators' pages about webhooks: health and backlog, never secrets or bodies."""

from django.contrib import admin

from promptguard.core.admin import OperatorAdmin
from promptguard.webhooks.models import Attempt, Delivery, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(OperatorAdmin):
    list_display = (
        "id", "organization", "project", "kind", "is_enabled", "disabled_reason", "consecutive_failures",
        "failing_since", "paused_until",
    )  # fmt: skip
    list_filter = ("kind", "is_enabled", "disabled_reason")
    list_select_related = ("organization", "project")
    search_fields = ("organization__slug",)
    # The path of such a URL is often a credential.
    exclude = ("url", "secret", "previous_secret", "headers")


@admin.register(Delivery)
class DeliveryAdmin(OperatorAdmin):
    list_display = ("id", "organization", "event_type", "status", "attempt_count", "due_at", "last_outcome")
    list_filter = ("status", "last_outcome")
    search_fields = ("organization__slug", "event_type")
    exclude = ("body",)


@admin.register(Attempt)
class AttemptAdmin(OperatorAdmin):
    list_display = (
        "id",
        "organization",
        "delivery",
        "number",
        "started_at",
        "duration_ms",
        "status_code",
        "outcome",
    )
    list_filter = ("outcome",)
    list_select_related = ("organization", "delivery")
    search_fields = ("organization__slug",)
