"""Reads that more than one face needs. Those about a person cross organizations, and say so."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from organizations.models import Invitation, Membership, Organization
from promptguard.core.caller import Caller
from promptguard.core.tenancy import platform_scope


def memberships_of(user_id: UUID) -> list[Membership]:
    """Every membership of one person, with its organization; oldest first."""
    with platform_scope():
        rows = Membership.all_tenants.filter(user_id=user_id).select_related("organization")
        return list(rows.order_by("created_at"))


def organizations_of(user_id: UUID) -> QuerySet[Organization]:
    """The organizations that the person belongs to. Evaluate inside a platform scope."""
    return Organization.objects.filter(
        id__in=Membership.all_tenants.filter(user_id=user_id).values("organization_id")
    )


def organization_of(caller: Caller) -> QuerySet[Organization]:
    return Organization.objects.filter(id=caller.tenant)


def members(caller: Caller) -> QuerySet[Membership]:
    return Membership.objects.for_caller(caller).select_related("user")


def open_invitations(caller: Caller) -> QuerySet[Invitation]:
    return Invitation.objects.for_caller(caller).filter(
        Q(accepted_at__isnull=True) & Q(cancelled_at__isnull=True) & Q(expires_at__gt=timezone.now())
    )
