"""What this room knows about people."""

from promptguard.core.privacy import Erasure, Holding, declare

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
