"""Endpoint → Delivery → Attempt."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from promptguard.core.crypto import open_sealed
from promptguard.core.tenancy import TenantModel

EVERY_EVENT = "*"
# The sixth failure in a row opens the breaker: one probe at a time until the receiver answers again.
BREAKER_THRESHOLD = 6
BREAKER_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 120, 300))
PATIENCE = timedelta(days=5)


class Endpoint(TenantModel):
    """Where a tenant wants to hear of what happened. Without a project it hears of the whole organization.

    `secret`, `previous_secret` and `headers` are sealed. `is_project_webhook` marks the one that the path
    `/projects/{id}/webhook` shows. A `siem` endpoint has no deliveries: it follows the sealed chain by cursor.
    """

    project_field = "project_id"

    class Kind(models.TextChoices):
        WEBHOOK = "webhook"
        SIEM = "siem"

    class Format(models.TextChoices):
        JSON = "json"
        NDJSON = "ndjson"
        OCSF = "ocsf"
        ECS = "ecs"
        CEF = "cef"
        HEC = "hec"

    project = models.ForeignKey(
        "projects.Project", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WEBHOOK)
    format = models.CharField(max_length=10, choices=Format, default=Format.JSON)
    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=200, blank=True)
    event_types = ArrayField(models.CharField(max_length=60), default=list)
    headers = models.BinaryField(null=True)
    secret = models.BinaryField()
    previous_secret = models.BinaryField(null=True)
    previous_secret_until = models.DateTimeField(null=True)
    is_enabled = models.BooleanField(default=True)
    is_project_webhook = models.BooleanField(default=False)
    disabled_reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    failing_since = models.DateTimeField(null=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)
    cursor_epoch = models.PositiveIntegerField(default=0)
    cursor_seq = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "project", condition=Q(is_project_webhook=True), name="one_webhook_per_project"
            )
        ]
        indexes = [models.Index("organization", name="endpoint_of_organization")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def place(self) -> bytes:
        """Binds what is sealed to this row."""
        return b"webhooks.endpoint:" + self.id.bytes

    def secrets(self, now: datetime) -> list[str]:
        """The current secret, then the previous one while it still counts."""
        sealed = [self.secret]
        if (
            self.previous_secret is not None
            and self.previous_secret_until
            and now < self.previous_secret_until
        ):
            sealed.append(self.previous_secret)
        return [open_sealed(bytes(each), self.place).decode() for each in sealed]

    def note_success(self) -> bool:
        """Forget past failures; whether there were any."""
        had = self.consecutive_failures > 0 or self.failing_since is not None or self.paused_until is not None
        self.consecutive_failures, self.failing_since, self.paused_until = 0, None, None
        return had

    def note_failure(self, now: datetime) -> None:
        """Count a failure, and pause the endpoint when it fails all the time."""
        self.consecutive_failures += 1
        self.failing_since = self.failing_since or now
        beyond = self.consecutive_failures - BREAKER_THRESHOLD
        if beyond >= 0:
            self.paused_until = now + BREAKER_PAUSES[min(beyond, len(BREAKER_PAUSES) - 1)]

    def has_exhausted_patience(self, now: datetime) -> bool:
        return self.failing_since is not None and now - self.failing_since >= PATIENCE


class Delivery(TenantModel):
    """One event on its way to one endpoint; written in the transaction of the event.

    `due_at` is also the lease: a claim pushes it into the future and sets `claim`, so that the delivery of a
    worker that died falls due again by itself. `body` are the exact bytes that are signed and sent.
    """

    project_field = "endpoint__project_id"

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField()
    event_type = models.CharField(max_length=60)
    body = models.BinaryField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempt_count = models.PositiveIntegerField(default=0)
    # Counts since the last replay: which step of the schedule comes next.
    step = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    claim = models.UUIDField(null=True)
    last_status_code = models.PositiveSmallIntegerField(null=True)
    last_outcome = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("endpoint", "event_id", name="one_delivery_per_event")]
        indexes = [
            models.Index("endpoint", "due_at", condition=Q(status="pending"), name="delivery_due"),
            models.Index(
                "endpoint", condition=Q(status="pending", claim__isnull=False), name="delivery_in_flight"
            ),
            models.Index("organization", models.F("id").desc(), name="delivery_newest"),
            models.Index("created_at", name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """`webhook-id`: the same in every attempt and at every endpoint, so receivers can tell a repetition."""
        return f"msg_{self.event_id.hex}"


class Attempt(TenantModel):
    """One try of one delivery, and how it ended. What the receiver answered is not kept, only its status."""

    project_field = "delivery__endpoint__project_id"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
