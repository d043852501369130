"""One row for each piece of background work."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from promptguard.core.identifiers import uuid7


class Job(models.Model):
    """Work to be done at least once, after its transaction committed.

    `due_at` is also the lease: a claim pushes it into the future and sets `claim`, so a row whose worker died
    falls due again. `organization_id` is None for the platform's own work. `state` is what a long job has to
    remember to go on where it stopped; `last_error` names a kind of error and never repeats a value.
    """

    tenant_column = "organization_id"

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"
        DEAD = "dead"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization_id = models.UUIDField(null=True)
    queue = models.CharField(max_length=20)
    task = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    unique_key = models.CharField(max_length=120, null=True)  # noqa: DJ001  absent is not empty: NULLs never collide
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    claim = models.UUIDField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(null=True)
    state = models.JSONField(default=dict)
    last_error = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "core"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "unique_key"],
                condition=Q(finished_at__isnull=True),
                name="one_open_job_per_key",
            )
        ]
        indexes = [
            models.Index("queue", "due_at", condition=Q(finished_at__isnull=True), name="job_due"),
            models.Index("organization_id", models.F("id").desc(), name="job_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.id}"

    def is_leased(self, now: datetime) -> bool:
        return self.claim is not None and self.due_at > now
