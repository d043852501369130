"""Requests of people about their data: durable, resumable, and outliving the account they are about."""

from datetime import timedelta
from uuid import UUID

from django.db import models
from django.utils import timezone

from compliance.holds.models import HeldEndUser
from compliance.posture.models import PostureResult
from compliance.retention.models import RetentionSetting
from promptguard.core.identifiers import uuid7

__all__ = ["HeldEndUser", "PostureResult", "PrivacyRequest", "RetentionSetting"]

# GDPR Art. 12(3): without undue delay, and within one month.
DUE_WITHIN = timedelta(days=30)


def due() -> object:
    return timezone.now() + DUE_WITHIN


# What stands for somebody who was erased; a certificate's salted reference is then the only way to them.
ERASED = UUID(int=0)


class PrivacyRequest(models.Model):
    """One export or erasure. `position`, `resume` and `counts` are written with each chunk, so a killed worker's
    successor goes on exactly where it stopped and counts nothing twice.

    `subject_id` is a user's or an organization's id, or the keyed hash of an end user's label. `subject` is whom it is
    about in full, sealed for the worker; it outlives an erasure only until the person has been told.
    """

    class Kind(models.TextChoices):
        EXPORT = "export"
        ERASURE = "erasure"

    class Scope(models.TextChoices):
        PERSON = "person"
        ORGANIZATION = "organization"
        END_USER = "end_user"

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        BLOCKED = "blocked"
        FAILED = "failed"

    OPEN = (State.WAITING, State.RUNNING, State.BLOCKED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    scope = models.CharField(max_length=12, choices=Scope, default=Scope.PERSON)
    organization_id = models.UUIDField(null=True, editable=False)
    subject_id = models.UUIDField(editable=False)
    requested_by_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=due, editable=False)
    execute_after = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    subject = models.BinaryField(null=True)
    position = models.CharField(max_length=200, blank=True)
    resume = models.JSONField(default=dict, blank=True)
    plan = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    explanation = models.CharField(max_length=500, blank=True)
    certificate = models.TextField(blank=True)
    package = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    receipt_hash = models.BinaryField(null=True)
    link_hash = models.BinaryField(null=True)
    link_expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "subject_id",
                "scope",
                "kind",
                condition=models.Q(state__in=["waiting", "running", "blocked"]),
                name="one_open_request_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    # The token that opens the certificate when the account is gone; only in the answer that made the request.
    receipt: str = ""

    @property
    def certificate_url(self) -> str:
        return self.certificate_path(self.receipt)

    def certificate_path(self, receipt: str) -> str:
        return f"/dashboard/compliance/certificates/{self.id}?receipt={receipt}"

    @property
    def page(self) -> str:
        """The path below `/dashboard/compliance/` of the doors about such requests."""
        verb = "export" if self.kind == self.Kind.EXPORT else "deletion"
        return {"person": "data", "organization": "organization", "end_user": "end-user"}[
            self.scope
        ] + f"-{verb}"

    @property
    def processed(self) -> int:
        return sum(self.counts.values())

    @property
    def total(self) -> int:
        return sum(self.plan.values())
