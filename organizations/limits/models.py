"""What an operator granted one organization beyond, or below, its plan."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from promptguard.core.tenancy import TenantModel


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
        return rows.filter(models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now), lifted_at__isnull=True)
