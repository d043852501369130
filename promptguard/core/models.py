"""The kernel's own rows: idempotency claims, and jobs."""

from django.db import models

from promptguard.core.identifiers import uuid7
from promptguard.core.jobs.models import Job

__all__ = ["IdempotencyClaim", "Job"]


class IdempotencyClaim(models.Model):
    """One Idempotency-Key in use: claimed before the work, completed in the same transaction as its effect.

    `scope_id` is the organization, or the user for doors outside any. `id` is also the fence: a claim that
    was taken over after its lease gets a new one, so that its first holder cannot complete it any more.
    """

    tenant_column = "scope_id"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope_id = models.UUIDField()
    principal_id = models.UUIDField()
    key_hash = models.BinaryField()
    fingerprint = models.BinaryField()
    created_at = models.DateTimeField()
    leased_until = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope_id", "principal_id", "key_hash"], name="one_claim_per_key")
        ]

    def __str__(self) -> str:
        return f"claim {self.id}"
