"""What organizations chose."""

from django.db import models
from django.utils import timezone

from promptguard.core.tenancy import TenantModel


class RetentionSetting(TenantModel):
    """How many days one kind of record stays in one organization; no row: as long as the installation keeps it.

    Interactions have their number on the organization itself, and audit events a class in the chain.
    """

    kind = models.CharField(max_length=40)
    days = models.PositiveIntegerField()
    set_by_id = models.UUIDField(null=True, editable=False)
    set_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("organization", "kind", name="one_retention_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.days} days"
