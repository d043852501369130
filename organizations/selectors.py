"""Reads that more than one face needs. Those about a person cross organizations, and say so."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from organizations.models import (
    AuthSession,
    CustomRole,
    Invitation,
    Membership,
    Organization,
    OwnershipOffer,
    PersonalAccessToken,
    ProjectGrant,
)
from organizations.roles import CUSTOM, Role, project_permissions_of
from promptguard.core.caller import Caller
from promptguard.core.permissions import Permission
from promptguard.core.tenancy import platform_scope


def memberships_of(user_id: UUID) -> list[Membership]:
    """Every membership of one person, with its organization and role; oldest first."""
    with platform_scope():
        rows = Membership.all_tenants.filter(user_id=user_id).select_related("organization", "custom_role")
        return list(rows.order_by("created_at"))


def project_permissions(membership: Membership) -> Mapping[UUID, frozenset[Permission]]:
    """What a member may do in single projects, beyond their role."""
    with platform_scope():
        grants = ProjectGrant.all_tenants.filter(
            organization_id=membership.organization_id, user_id=membership.user_id
        )
        return {
            project_id: project_permissions_of(role)
            for project_id, role in grants.values_list("project_id", "role")
        }


def organizations_of(user_id: UUID) -> QuerySet[Organization]:
    """The organizations that the person belongs to. Evaluate inside a platform scope."""
    return Organization.objects.filter(
        id__in=Membership.all_tenants.filter(user_id=user_id).values("organization_id")
    )


def organization_of(caller: Caller) -> QuerySet[Organization]:
    return Organization.objects.filter(id=caller.tenant)


def members(caller: Caller, search: str = "", role: str = "") -> QuerySet[Membership]:
    """Members whose name or address contains `search`, with that role where one is given."""
    rows = Membership.objects.for_caller(caller).select_related("user", "custom_role")
    if search:
        rows = rows.filter(Q(user__email__icontains=search) | Q(user__name__icontains=search))
    if role:
        rows = rows.filter(Q(role=role, custom_role__isnull=True) | Q(custom_role__name__iexact=role))
    return rows


def governors_addresses(caller: Caller) -> list[str]:
    """Where owners and admins are written to when something of the organization needs a hand."""
    rows = Membership.objects.for_caller(caller).filter(
        role__in=(Role.OWNER, Role.ADMIN), user__is_active=True
    )
    return sorted(rows.values_list("user__email", flat=True))


def invitations(caller: Caller, status: str = "pending") -> QuerySet[Invitation]:
    """Invitations of one status; `all` for every one."""
    rows = Invitation.objects.for_caller(caller).select_related("custom_role", "invited_by")
    return rows.filter(_BY_STATUS[status](timezone.now()))


def _pending(now: datetime) -> Q:
    return Invitation.UNANSWERED & Q(expires_at__gt=now)


_BY_STATUS = {
    "accepted": lambda now: Q(accepted_at__isnull=False),
    "all": lambda now: Q(),
    "cancelled": lambda now: Q(cancelled_at__isnull=False),
    "declined": lambda now: Q(declined_at__isnull=False),
    "expired": lambda now: Invitation.UNANSWERED & Q(expires_at__lte=now),
    "pending": _pending,
}
INVITATION_STATUSES = tuple(_BY_STATUS)


def open_ownership_offer(caller: Caller) -> QuerySet[OwnershipOffer]:
    rows = OwnershipOffer.objects.for_caller(caller).filter(
        OwnershipOffer.UNANSWERED, expires_at__gt=timezone.now()
    )
    return rows.select_related("from_user", "to_user")


def custom_roles(caller: Caller) -> QuerySet[CustomRole]:
    return CustomRole.objects.for_caller(caller)


def holders_by_role(caller: Caller) -> Mapping[str, int]:
    """Role, or id of a custom role → how many members hold it."""
    counted = (
        Membership.objects.for_caller(caller).values("role", "custom_role_id").annotate(holders=Count("id"))
    )
    return {
        str(row["custom_role_id"] if row["role"] == CUSTOM else row["role"]): row["holders"]
        for row in counted
    }


def project_grants(caller: Caller, project_id: UUID) -> QuerySet[ProjectGrant]:
    return ProjectGrant.objects.for_caller(caller).filter(project_id=project_id).select_related("user")


def access_tokens(caller: Caller) -> QuerySet[PersonalAccessToken]:
    """The caller's own tokens in this organization that still work."""
    live = PersonalAccessToken.objects.for_caller(caller).filter(user_id=caller.person)
    return live.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


def own_session(caller: Caller) -> QuerySet[AuthSession]:
    """The session that the caller acts on; no row for an access token."""
    return (
        AuthSession.objects.filter(id=caller.session_id)
        if caller.session_id is not None
        else AuthSession.objects.none()
    )


def sessions_of(caller: Caller) -> QuerySet[AuthSession]:
    """The devices the caller is signed in on; `is_current` marks the one that asks."""
    current = ExpressionWrapper(Q(id=caller.session_id), output_field=BooleanField())
    return AuthSession.live(timezone.now()).filter(user_id=caller.person).annotate(is_current=current)
