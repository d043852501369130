"""The operators' pages about the chain: read-only, like everything that has been sealed."""

from django.contrib import admin

from audit.models import (
    Anchor,
    AuditEvent,
    HeldEvent,
    InboxEvent,
    LegalHold,
    RetentionPolicy,
    SealedInteraction,
    SigningKeyRecord,
    SubjectKey,
)
from promptguard.core.admin import OperatorAdmin

BYTES = ("canonical", "leaf_hash", "prev_hash", "hash")


class EventAdmin(OperatorAdmin):
    list_filter = ("outcome", "severity", "event_type")
    search_fields = ("event_type", "actor_ref", "organization_id", "event_id")
    exclude = BYTES


@admin.register(InboxEvent)
class InboxEventAdmin(EventAdmin):
    list_display = ("event_type", "organization_id", "occurred_at", "outcome", "severity")
    ordering = ("-id",)


@admin.register(AuditEvent)
class AuditEventAdmin(EventAdmin):
    list_display = ("seq", "event_type", "organization_id", "occurred_at", "outcome", "severity", "sealed_at")
    ordering = ("-sealed_at", "-seq")


@admin.register(HeldEvent)
class HeldEventAdmin(AuditEventAdmin):
    pass


@admin.register(SealedInteraction)
class SealedInteractionAdmin(OperatorAdmin):
    list_display = ("interaction_id", "organization_id", "event_id", "position")
    search_fields = ("interaction_id", "event_id")
    exclude = ("leaf_hash",)


@admin.register(LegalHold)
class LegalHoldAdmin(OperatorAdmin):
    list_display = ("id", "organization_id", "placed_at", "released_at")
    search_fields = ("organization_id", "reason")


@admin.register(RetentionPolicy)
class RetentionPolicyAdmin(OperatorAdmin):
    list_display = ("organization_id", "retention_class", "days", "locked_until", "set_at")
    search_fields = ("organization_id",)


@admin.register(SubjectKey)
class SubjectKeyAdmin(OperatorAdmin):
    list_display = ("key_id", "organization_id", "kek_id", "destroyed_at")
    search_fields = ("organization_id",)
    exclude = ("wrapped_dek",)


@admin.register(Anchor)
class AnchorAdmin(OperatorAdmin):
    list_display = ("id", "sink", "global_size", "status", "attempts", "published_at")
    list_filter = ("sink", "status")
    exclude = ("global_root", "receipt")


@admin.register(SigningKeyRecord)
class SigningKeyAdmin(OperatorAdmin):
    list_display = ("key_id", "name", "created", "retired", "revoked")
    exclude = ("public",)
