"""How a person proves who they are: device sessions, second factors, links by mail, personal access tokens."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from organizations.models.people import User
from promptguard.core.identifiers import uuid7
from promptguard.core.tenancy import TenantModel


class AuthSession(models.Model):
    """One signed-in device, behind both the `session` cookie and the bearer pair (sso-design, section 2)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    cookie_hash = models.BinaryField(unique=True)
    # Which refresh token is good; a genuine one of an older generation means that somebody holds a copy.
    refresh_generation = models.PositiveIntegerField(default=0)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now)
    # The last proof of identity; what needs a fresh one compares with it.
    authenticated_at = models.DateTimeField(default=timezone.now)
    second_factor_at = models.DateTimeField(null=True, blank=True)
    # Opened on the word of one organization's identity provider: it opens that organization and no other.
    organization = models.ForeignKey(
        "organizations.Organization", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"session {self.id}"

    def outlives(self, now: datetime, idle_minutes: int | None, absolute_minutes: int | None) -> bool:
        """Whether the session is within an organization's limits; None is no limit."""
        idle = idle_minutes is None or now < self.last_seen_at + timedelta(minutes=idle_minutes)
        return idle and (
            absolute_minutes is None or now < self.created_at + timedelta(minutes=absolute_minutes)
        )

    @classmethod
    def live(cls, now: datetime) -> "models.QuerySet[AuthSession]":
        """Not revoked, not idle for too long, not older than the platform's absolute limit."""
        return cls._default_manager.filter(
            models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=now),
            revoked_at__isnull=True,
            last_seen_at__gt=now - timedelta(minutes=settings.SESSION_IDLE_MINUTES),
            created_at__gt=now - timedelta(days=settings.SESSION_ABSOLUTE_DAYS),
            user__is_active=True,
        )


class SecondFactor(models.Model):
    """A time-based one-time password (RFC 6238). The secret is sealed to its user."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="second_factor"
    )
    sealed_secret = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The time step last used: a code that was seen once is worthless (RFC 6238, 5.2).
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """One of ten ways back in without the device; kept as a hash, works once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    code_hash = models.BinaryField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"recovery code {self.id}"


class AccountLink(models.Model):
    """What a mailed link proves: an address, or the right to a new password. Hash only, single use."""

    class Purpose(models.TextChoices):
        RESET = "reset"
        VERIFY = "verify"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose)
    token_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} link {self.id}"


class PersonalAccessToken(TenantModel):
    """A person's credential for automation: some of their permissions, in one organization, until a date."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    token_hash = models.BinaryField(unique=True)
    # The first characters, to tell one from another in a list.
    prefix = models.CharField(max_length=12)
    permissions = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.prefix
