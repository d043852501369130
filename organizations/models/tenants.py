"""Tenants, and what ties people to them. Rows and one-row rules only."""

from datetime import timedelta
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from organizations.limits.models import Entitled
from organizations.models.people import User
from organizations.models.roles import RoleHolder
from organizations.roles import RANK, Role
from promptguard.core.identifiers import uuid7
from promptguard.core.permissions import Permission
from promptguard.core.strict import is_strict
from promptguard.core.tenancy import TenantModel


class Organization(Entitled):
    """A tenant: the customer whose policies, keys and logs are kept apart from every other's."""

    GRACE = timedelta(days=30)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50, unique=True)
    is_personal = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # The ETag of name and settings; each change counts on.
    version = models.PositiveIntegerField(default=1)
    require_second_factor = models.BooleanField(default=False)
    session_idle_minutes = models.PositiveIntegerField(null=True, blank=True)
    session_absolute_minutes = models.PositiveIntegerField(null=True, blank=True)
    allowed_email_domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    # Set while the organization is being closed: the moment from which its rows may be erased.
    closing_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def etag(self) -> str:
        return f'"{self.version}"'

    def admits(self, email: str) -> bool:
        """Whether an address may belong to a member: any, or one of the allowed domains."""
        domains = self.allowed_email_domains
        return not domains or email.rpartition("@")[2].lower() in domains


class Membership(RoleHolder, TenantModel):
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(RoleHolder.Meta):
        abstract = False
        constraints = [
            *RoleHolder.Meta.constraints,
            models.UniqueConstraint("organization", "user", name="one_membership_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role}"

    @property
    def permissions(self) -> frozenset[Permission]:
        return self.standing.permissions

    @property
    def demands_second_factor(self) -> bool:
        """By the organization for everybody, by strict mode for owners, admins and whoever ranks with them."""
        governs = self.standing.rank >= RANK[Role.ADMIN]
        return self.organization.require_second_factor or (is_strict() and governs)


class Invitation(RoleHolder, TenantModel):
    """An offer of membership, bound to an address; the token is kept as a hash and works once."""

    LIFETIME = timedelta(days=7)

    email = models.EmailField(max_length=254)
    token_hash = models.BinaryField(unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    # Nobody has answered, nobody has taken it back; it may have expired.
    UNANSWERED = models.Q(accepted_at__isnull=True, declined_at__isnull=True, cancelled_at__isnull=True)

    class Meta(RoleHolder.Meta):
        abstract = False
        constraints = [
            *RoleHolder.Meta.constraints,
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=models.Q(
                    accepted_at__isnull=True, declined_at__isnull=True, cancelled_at__isnull=True
                ),
                name="one_open_invitation_per_address",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation as {self.role}"

    @property
    def status(self) -> str:
        if self.accepted_at:
            return "accepted"
        if self.declined_at:
            return "declined"
        if self.cancelled_at:
            return "cancelled"
        return "expired" if self.expires_at <= timezone.now() else "pending"


class OwnershipOffer(TenantModel):
    """The first of two steps: an owner offers, the other accepts; then the giver steps down to `role_after`."""

    LIFETIME = timedelta(days=7)

    from_user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    to_user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    UNANSWERED = models.Q(accepted_at__isnull=True, ended_at__isnull=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization",
                condition=models.Q(accepted_at__isnull=True, ended_at__isnull=True),
                name="one_open_ownership_offer",
            )
        ]

    def __str__(self) -> str:
        return f"ownership offer {self.id}"

    def concerns(self, user_id: UUID) -> bool:
        return user_id in (self.from_user_id, self.to_user_id)
