"""One row for each decision of the guard."""

from typing import Any
from uuid import UUID

import orjson
from django.db import models
from django.utils import timezone

from promptguard.core.crypto import open_sealed
from promptguard.core.tenancy import TenantModel
from promptguard.projects.models import Project

EVENT_PREFIX = "evt_"


class Decision(models.TextChoices):
    ALLOW = "allow"
    BLOCK = "block"
    REDACT = "redact"


class Interaction(TenantModel):
    """What was asked, what the guard decided, and why.

    `canonical` holds the hashed bytes: the decision, and nothing that identifies a person or repeats a
    prompt. `content`, `end_user` and `ip` stand beside it under a salted commitment, so they can be erased
    without breaking the chain (audit-design, section 15).
    """

    project_field = "project_id"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="interactions")
    api_key_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    endpoint = models.CharField(max_length=20)
    direction = models.CharField(max_length=10)
    decision = models.CharField(max_length=10, choices=Decision)
    is_flagged = models.BooleanField(default=False)
    threat_type = models.CharField(max_length=40, blank=True)
    confidence = models.FloatField(default=0.0)
    reason = models.TextField(blank=True)
    model = models.CharField(max_length=100, blank=True)
    policy_version = models.CharField(max_length=100, blank=True)
    latency_ms = models.FloatField(default=0.0)
    session_id = models.CharField(max_length=255, blank=True)
    end_user = models.CharField(max_length=255, blank=True)
    ip = models.GenericIPAddressField(null=True)
    content_mode = models.CharField(max_length=10, default="redacted")
    content = models.BinaryField(null=True)
    salt = models.BinaryField(null=True)
    canonical = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        indexes = [
            models.Index("organization", models.F("id").desc(), name="interaction_newest"),
            models.Index("project", models.F("id").desc(), name="interaction_of_project"),
            models.Index(
                "organization",
                models.F("id").desc(),
                condition=models.Q(is_flagged=True),
                name="interaction_flagged",
            ),
            models.Index("organization", "created_at", name="interaction_by_day"),
        ]

    def __str__(self) -> str:
        return self.event_id

    @property
    def event_id(self) -> str:
        return event_id_of(self.id)

    @property
    def integrity_hash(self) -> str:
        """SHA-256 leaf of the canonical bytes, hex: what the audit chain commits to."""
        return bytes(self.leaf_hash).hex()

    @property
    def threats(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = orjson.loads(bytes(self.canonical))["threats"]
        return found

    @property
    def texts(self) -> list[str]:
        """The stored content, as the project's mode left it: full, redacted, hashes, or nothing."""
        if self.content is None:
            return []
        texts: list[str] = orjson.loads(open_sealed(bytes(self.content), content_place(self.id)))
        return texts


def event_id_of(interaction_id: UUID) -> str:
    """What clients call the interaction."""
    return EVENT_PREFIX + interaction_id.hex


def content_place(interaction_id: UUID) -> bytes:
    """Binds sealed content to its row."""
    return b"guard.interaction.content:" + interaction_id.bytes
