"""Mail domains that an organization says are its own."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from promptguard.core.tenancy import TenantModel


class Domain(TenantModel):
    """A claim to a mail domain, proven by a TXT record at `_promptguard.<domain>`; one owner per domain."""

    # How long a proof that was once seen may be missing before it no longer counts.
    GRACE = timedelta(days=7)
    RECORD = "_promptguard"

    name = models.CharField(max_length=253)
    proof = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    # An operator vouches for it: no record is looked for.
    is_vouched = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "name", name="one_claim_per_organization"),
            models.UniqueConstraint(
                "name", condition=models.Q(verified_at__isnull=False), name="one_owner_per_domain"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def record_name(self) -> str:
        return f"{self.RECORD}.{self.name}"

    @property
    def status(self) -> str:
        if self.verified_at is None:
            return "pending"
        return "failing" if self.failing_since else "verified"
