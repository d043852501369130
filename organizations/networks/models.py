"""The entries of an organization's IP allow-list."""

from django.db import models
from django.utils import timezone

from promptguard.core.tenancy import TenantModel


class AllowedNetwork(TenantModel):
    """While an organization has any, only addresses in one of them come in. `cidr` is canonical text."""

    cidr = models.CharField(max_length=43)
    label = models.CharField(max_length=100, blank=True)
    created_by_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "cidr"], name="one_entry_per_network")]

    def __str__(self) -> str:
        return self.cidr
