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
        mentions="body",
        personal=("body",),
        impersonal=("event_type", "status", "last_outcome"),
        erasure=Erasure.ANONYMISE,
        withheld="It repeats an interaction to a customer's system, and adds nothing about the person.",
        ground="A guard event names the address that asked, which is cut out; people are pseudonyms in the rest.",
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
