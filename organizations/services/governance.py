"""Who may decide about whom. Every change of power in one organization is serialised on that organization's row."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone

from organizations.models import CustomRole, Membership, Organization
from organizations.roles import CUSTOM, Role, Standing, standing
from organizations.selectors import own_session
from promptguard.core.caller import Caller, Via
from promptguard.core.errors import Conflict, Forbidden, Invalid

FRESH = timedelta(minutes=5)


class AboveOwnRank(Forbidden):
    code = "above_own_rank"
    message = "Nobody can give or take a role that is not below their own."


class LastOwner(Conflict):
    code = "last_owner"
    message = "An organization keeps at least one owner: make somebody else an owner first."


class ReauthenticationRequired(Forbidden):
    code = "reauthentication_required"
    message = "Prove who you are once more (POST /dashboard/auth/reauthenticate), then repeat the request."


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role as it is stored, and how high it stands."""

    role: str
    custom_role: CustomRole | None
    standing: Standing


def lock_organization(caller: Caller) -> Organization:
    """Until the transaction ends, nobody else changes who may do what here."""
    return Organization.objects.select_for_update().get(id=caller.tenant)


def own_standing(caller: Caller) -> Standing:
    """The caller's standing as it is now, not as it was at the door. Raises Forbidden for non-members.

    An access token stands no higher than what it was made for, and never as an owner.
    """
    own = (
        Membership.objects.for_caller(caller)
        .filter(user_id=caller.person)
        .select_related("custom_role")
        .first()
    )
    if own is None:
        raise Forbidden()
    if caller.actor.via is Via.ACCESS_TOKEN:
        return replace(own.standing, name="", permissions=own.standing.permissions & caller.permissions)
    return own.standing


def require_governance(caller: Caller, *others: Standing) -> None:
    """Raises AboveOwnRank unless the caller's role governs all of `others`."""
    own = own_standing(caller)
    if not all(own.governs(other) for other in others):
        raise AboveOwnRank()


def choose_role(caller: Caller, name: str) -> RoleChoice:
    """One of the four, or a custom role of this organization. Raises Invalid for any other name."""
    if name in list(Role):
        return RoleChoice(name, None, standing(name))
    custom = CustomRole.objects.for_caller(caller).filter(name__iexact=name).first()
    if custom is None:
        raise Invalid.field("role", "There is no such role in this organization.", "unknown_role")
    return RoleChoice(CUSTOM, custom, custom.standing)


def keep_an_owner(caller: Caller, leaving: Membership) -> None:
    """Raises LastOwner when no active owner would remain. Call it under `lock_organization`."""
    if leaving.role != Role.OWNER:
        return
    others = Membership.objects.for_caller(caller).filter(role=Role.OWNER, user__is_active=True)
    if not others.exclude(id=leaving.id).exists():
        raise LastOwner()


def require_fresh(caller: Caller) -> None:
    """Raises ReauthenticationRequired unless the caller's session proved their identity in the last 5 minutes."""
    proven = own_session(caller).filter(revoked_at__isnull=True, authenticated_at__gt=timezone.now() - FRESH)
    if not proven.exists():
        raise ReauthenticationRequired()
