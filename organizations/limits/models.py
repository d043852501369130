"""What an organization is entitled to: its plan, its own settings within it, and what an operator granted."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from organizations.plans import DEFAULT_PLAN, PLANS
from promptguard.core.tenancy import TenantModel


class Entitled(models.Model):
    """The columns of an organization about this. None means as long as the plan allows."""

    plan = models.CharField(max_length=20, choices=[(name, name) for name in PLANS], default=DEFAULT_PLAN)
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    key_lifetime_days = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


class Plane(models.TextChoices):
    """Each plane has a bucket of its own: busy applications must not lock people out of the dashboard."""

    DASHBOARD = "dashboard"
    DEVELOPER = "developer"


class RateLimitOverride(TenantModel):
    """Stands until it expires, is lifted, or the next one replaces it; then it is history."""

    plane = models.CharField(max_length=10, choices=Plane, default=Plane.DEVELOPER)
    per_minute = models.PositiveIntegerField()
    burst = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    created_by_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "plane"],
                condition=models.Q(lifted_at__isnull=True),
                name="one_override_per_plane",
            )
        ]

    def __str__(self) -> str:
        return f"{self.per_minute} per minute on the {self.plane} plane"

    @classmethod
    def standing(cls, rows: models.QuerySet[Self], now: datetime) -> models.QuerySet[Self]:
        return rows.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now), lifted_at__isnull=True
        )
