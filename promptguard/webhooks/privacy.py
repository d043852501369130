"""What this room knows about people."""

from django.conf import settings

from promptguard.core.privacy import Erasure, Holding, Lifetime, declare, limit

declare(
    Holding(
        "webhooks.Endpoint",
        purpose="Where a customer's system wants to hear of events",
        impersonal=(
            "kind", "format", "url", "description", "event_types", "headers", "secret", "previous_secret",
            "disabled_reason",
        ),
        erasure=Erasure.RETAIN,
        ground="It belongs to the customer's system.",
    ),
    Holding(
        "webhooks.Delivery",
        purpose="Telling a customer's system of an event; forgotten after WEBHOOK_RETENTION_DAYS",
        personal=("body",),
        impersonal=("event_type", "status", "last_outcome"),
        exported=("id", "event_type", "created_at", "status"),
        ground="A guard event names the address that asked; people are named by pseudonyms only.",
    ),
    Holding(
        "webhooks.Attempt",
        purpose="Proof of what was sent when",
        impersonal=("outcome",),
        erasure=Erasure.RETAIN,
        ground="It says nothing about a person.",
    ),
)  # fmt: skip

limit(
    Lifetime(
        "webhook_deliveries",
        "webhooks.Delivery",
        "created_at",
        "Deliveries that ended, with the bodies sent.",
        most_days=365,
        days=settings.WEBHOOK_RETENTION_DAYS,
        strict_days=30,
        is_settable=True,
        only={"status__in": ("delivered", "failed")},
    )
)
