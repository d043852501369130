"""What an identity provider or a directory may do to memberships: it has no rank of its own, and owners stay."""

from uuid import UUID

from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import AuthSession, Membership, User
from organizations.roles import Role
from organizations.services.members import add_member, end_lapsed_promises, end_membership
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict


class OwnerStays(Conflict):
    code = "owner_stays"
    message = "An owner cannot be removed by single sign-on or directory sync."


def provision_member(*, caller: Caller, user: User, role: str | None, default_role: str) -> Membership:
    """Membership in the caller's organization, with `role` where one is asked for. Owners keep theirs."""
    found = Membership.objects.for_caller(caller).select_for_update().filter(user=user).first()
    if found is None:
        return add_member(caller=caller, user=user, role=Role(role or default_role))
    if role is None or found.role in (role, Role.OWNER):
        return found
    before, found.role, found.custom_role = found.role_name, role, None
    found.save(update_fields=["role", "custom_role"])
    end_lapsed_promises(caller, user.id)
    record(
        Action.MEMBER_ROLE_CHANGED,
        caller=caller,
        targets=[Target("user", user.id)],
        before={"role": before},
        after={"role": role},
    )
    return found


def withdraw_member(*, caller: Caller, user_id: UUID) -> bool:
    """End a membership and the sessions confined to this organization; whether there was one. Raises OwnerStays."""
    found = Membership.objects.for_caller(caller).select_for_update().filter(user_id=user_id).first()
    if found is None:
        return False
    if found.role == Role.OWNER:
        raise OwnerStays()
    end_membership(caller, found, Action.MEMBER_REMOVED, "revoke", heir_id=None)
    end_confined_sessions(caller, user_id)
    return True


def end_confined_sessions(caller: Caller, user_id: UUID) -> None:
    sessions = AuthSession.objects.filter(
        user_id=user_id, organization_id=caller.tenant, revoked_at__isnull=True
    )
    sessions.update(revoked_at=timezone.now())
