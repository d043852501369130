"""People, tenants, and what ties them together. Rows and one-row rules only."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from organizations.roles import Role
from promptguard.core.identifiers import uuid7
from promptguard.core.tenancy import TenantModel


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. One account, any number of organizations. `is_staff` opens the operators' console."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_email")]

    def __str__(self) -> str:
        return self.email


class Organization(models.Model):
    """A tenant: the customer whose policies, keys and logs are kept apart from every other's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50, unique=True)
    is_personal = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("organization", "user", name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role}"


class Invitation(TenantModel):
    """An offer of membership, bound to an address; the token is kept as a hash and works once."""

    LIFETIME = timedelta(days=7)

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    token_hash = models.BinaryField(unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, cancelled_at__isnull=True),
                name="one_open_invitation_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"invitation as {self.role}"

    @property
    def status(self) -> str:
        if self.accepted_at:
            return "accepted"
        if self.cancelled_at:
            return "cancelled"
        return "expired" if self.expires_at <= timezone.now() else "pending"


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
    # Opened on the word of one organization's identity provider: it opens that organization and no other.
    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"session {self.id}"

    def is_live(self, now: datetime) -> bool:
        """Not revoked, not idle for too long, not older than the absolute limit."""
        idle = timedelta(minutes=settings.SESSION_IDLE_MINUTES)
        absolute = timedelta(days=settings.SESSION_ABSOLUTE_DAYS)
        return self.revoked_at is None and now < min(self.last_seen_at + idle, self.created_at + absolute)

    def opens(self, membership: Membership) -> bool:
        return self.organization_id in (None, membership.organization_id)

    @classmethod
    def live(cls, now: datetime) -> "models.QuerySet[AuthSession]":
        return cls._default_manager.filter(
            models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=now),
            revoked_at__isnull=True,
            last_seen_at__gt=now - timedelta(minutes=settings.SESSION_IDLE_MINUTES),
            created_at__gt=now - timedelta(days=settings.SESSION_ABSOLUTE_DAYS),
        )
