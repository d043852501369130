"""Projects and API keys."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from promptguard.core.strict import is_strict
from promptguard.core.tenancy import TenantModel
from promptguard.projects.access.models import AccessRule

__all__ = ["AccessRule", "ApiKey", "FailMode", "Project"]


class FailMode(models.TextChoices):
    """What happens when the engine itself fails: let through, or refuse with 503."""

    OPEN = "open"
    CLOSED = "closed"


class ContentMode(models.TextChoices):
    """What is kept of the texts that were scanned. `zero_retention` wins over all of them."""

    FULL = "full"
    REDACTED = "redacted"
    HASH_ONLY = "hash_only"
    NONE = "none"


class Project(TenantModel):
    """One protected application: its policy, its keys, its log."""

    project_field = "id"

    name = models.CharField(max_length=100)
    description = models.CharField(max_length=1000, blank=True)
    fail_mode = models.CharField(max_length=10, choices=FailMode, default=FailMode.OPEN)
    use_case = models.CharField(max_length=30, default="default")
    strictness_level = models.CharField(max_length=20, default="moderate")
    zero_retention = models.BooleanField(default=False, help_text="Store decisions, never content.")
    content_mode = models.CharField(max_length=10, choices=ContentMode, default=ContentMode.REDACTED)
    # The guard's: which policy version is active (0: the preset), and a mark that each change renews.
    # They live on this row because every guard call reads it anyway, so a change is effective at once.
    policy_number = models.PositiveIntegerField(default=0, editable=False)
    policy_revision = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("organization", "name", name="one_project_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def kept_content(self) -> ContentMode:
        """What is really kept: nothing under zero retention (contract 1.8), and nothing in strict mode."""
        return ContentMode.NONE if self.zero_retention or is_strict() else ContentMode(self.content_mode)

    @property
    def fails_closed(self) -> bool:
        """Whether a text that the engine could not judge is refused."""
        return self.fail_mode == FailMode.CLOSED or is_strict()


class ApiKey(TenantModel):
    """A credential of an application. Without a project it works for every project of the organization."""

    project_field = "project_id"

    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=100)
    public_id = models.CharField(max_length=10, unique=True)
    secret_hash = models.BinaryField()
    scopes = ArrayField(models.CharField(max_length=10))
    is_active = models.BooleanField(default=True)
    created_by_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    allowed_cidrs = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    rate_limit_per_minute = models.PositiveIntegerField(null=True, blank=True)
    # The secret before the last rotation, for as long as it still works.
    previous_secret_hash = models.BinaryField(null=True)
    previous_expires_at = models.DateTimeField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    warned_days = models.PositiveSmallIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.prefix

    @property
    def prefix(self) -> str:
        return f"pg_live_{self.public_id}"

    def still_takes_previous(self, now: datetime) -> bool:
        return self.previous_expires_at is not None and now < self.previous_expires_at

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now
