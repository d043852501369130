"""Policies: numbered versions that never change, and the rules that a project has silenced."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils import timezone

from promptguard.core.crypto import open_sealed
from promptguard.core.tenancy import TenantModel
from promptguard.projects.models import Project


class PolicyVersion(TenantModel):
    """One state of a project's policy. A trigger refuses changes; which one is active, the project says.

    `guardrails` holds only what differs from the preset of `use_case` and `strictness_level`, in the API's
    shape (contract 1.8), so that a project follows its preset where nobody decided otherwise. `rules` are the
    project's own policies: `{id, name, policy_type, description, is_active, rules: [{condition, value, action}]}`.
    """

    project_field = "project_id"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="policy_versions")
    number = models.PositiveIntegerField()
    based_on = models.PositiveIntegerField(default=0)
    use_case = models.CharField(max_length=30)
    strictness_level = models.CharField(max_length=20)
    guardrails = models.JSONField(default=dict)
    rules = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=64)
    author_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("project", "number", name="one_policy_version_per_number")]

    def __str__(self) -> str:
        return f"version {self.number}"


class Suppression(TenantModel):
    """A rule that a project has silenced, for every text or for the one with this hash."""

    project_field = "project_id"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="suppressions")
    detector = models.CharField(max_length=60)
    rule_id = models.CharField(max_length=120)
    match_sha256 = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500)
    created_by_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "project", "detector", "rule_id", "match_sha256", name="one_suppression_per_rule"
            )
        ]

    def __str__(self) -> str:
        return f"{self.detector}/{self.rule_id}"

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class CanaryToken(TenantModel):
    """A secret word that stands in a project's prompt or in a document that nobody should read: who says it, leaks."""

    project_field = "project_id"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="canaries")
    name = models.CharField(max_length=100)
    sealed = models.BinaryField()
    created_by_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("project", "name", name="one_canary_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def token(self) -> str:
        """The word itself. Raises SealBroken."""
        return open_sealed(bytes(self.sealed), canary_place(self.id)).decode()


def canary_place(canary_id: UUID) -> bytes:
    """Binds a sealed token to its row."""
    return b"guard.canary:" + canary_id.bytes
