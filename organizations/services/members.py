"""Members: adding, promoting, removing and leaving. The last owner stays."""

from typing import Literal
from uuid import UUID

from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import (
    Invitation,
    Membership,
    OwnershipOffer,
    PersonalAccessToken,
    ProjectGrant,
    User,
)
from organizations.roles import Role
from organizations.services.governance import (
    choose_role,
    keep_an_owner,
    lock_organization,
    require_fresh,
    require_governance,
)
from organizations.signals import member_removed
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict, NotFound

Keys = Literal["revoke", "transfer"]


class AlreadyMember(Conflict):
    code = "already_member"
    message = "This person is a member already."


class LeaveInstead(Conflict):
    code = "leave_instead"
    message = "Nobody removes themselves: leave the organization instead."


def add_member(*, caller: Caller, user: User, role: Role) -> Membership:
    """Membership without an invitation: for operators, demo data and directory sync. Raises AlreadyMember."""
    if Membership.objects.for_caller(caller).filter(user=user).exists():
        raise AlreadyMember()
    membership = Membership.objects.create_for(caller, user=user, role=role)
    record(Action.MEMBER_ADDED, caller=caller, targets=[Target("user", user.id)], after={"role": role})
    return membership


def membership_of(caller: Caller, user_id: UUID) -> Membership:
    """Raises NotFound for strangers."""
    rows = Membership.objects.for_caller(caller).select_related("user", "custom_role")
    found = rows.filter(user_id=user_id).first()
    if found is None:
        raise NotFound()
    return found


def change_role(*, caller: Caller, user_id: UUID, role: str) -> Membership:
    """Give a member another role. To make an owner needs a fresh proof of identity.

    Raises NotFound, AboveOwnRank, LastOwner, ReauthenticationRequired, and Invalid for an unknown role.
    """
    lock_organization(caller)
    membership, chosen = membership_of(caller, user_id), choose_role(caller, role)
    require_governance(caller, membership.standing, chosen.standing)
    if chosen.standing.is_owner:
        require_fresh(caller)
    else:
        keep_an_owner(caller, membership)
    before = membership.role_name
    membership.role, membership.custom_role = chosen.role, chosen.custom_role
    membership.save(update_fields=["role", "custom_role"])
    end_lapsed_promises(caller, user_id)
    record(
        Action.MEMBER_ROLE_CHANGED,
        caller=caller,
        targets=[Target("user", user_id)],
        before={"role": before},
        after={"role": membership.role_name},
    )
    return membership


def remove_member(*, caller: Caller, user_id: UUID, keys: Keys = "revoke") -> None:
    """End a membership; the keys this person made are revoked, or handed over to the caller.

    Raises NotFound, AboveOwnRank, LastOwner, LeaveInstead.
    """
    if user_id == caller.user_id:
        raise LeaveInstead()
    lock_organization(caller)
    membership = membership_of(caller, user_id)
    require_governance(caller, membership.standing)
    keep_an_owner(caller, membership)
    end_membership(caller, membership, Action.MEMBER_REMOVED, keys, heir_id=caller.user_id)


def leave(*, caller: Caller, keys: Keys = "revoke") -> None:
    """End one's own membership; keys go, or are handed over to the longest-serving owner. Raises LastOwner."""
    lock_organization(caller)
    membership = membership_of(caller, caller.person)
    keep_an_owner(caller, membership)
    owners = Membership.objects.for_caller(caller).filter(role=Role.OWNER).exclude(id=membership.id)
    heir = owners.order_by("created_at").first()
    end_membership(caller, membership, Action.MEMBER_LEFT, keys, heir_id=heir.user_id if heir else None)


def end_membership(
    caller: Caller, membership: Membership, action: Action, keys: Keys, heir_id: UUID | None
) -> None:
    """Everything that hung on the membership ends with it. The next request finds the door closed: every one
    looks the membership up."""
    user_id, now = membership.user_id, timezone.now()
    membership.delete()
    ProjectGrant.objects.for_caller(caller).filter(user_id=user_id).delete()
    tokens = PersonalAccessToken.objects.for_caller(caller).filter(user_id=user_id, revoked_at__isnull=True)
    revoked_tokens = tokens.update(revoked_at=now)
    end_lapsed_promises(caller, user_id)
    record(
        action,
        caller=caller,
        targets=[Target("user", user_id)],
        before={"role": membership.role_name},
        details={"keys": keys, "revoked_access_tokens": revoked_tokens},
    )
    member_removed.send(Membership, user_id=user_id, keys=keys, heir_id=heir_id, caller=caller)


def end_lapsed_promises(caller: Caller, user_id: UUID) -> None:
    """Invitations that their sender could no longer give, and offers of ownership to or from this person, end."""
    now = timezone.now()
    sent = Invitation.objects.for_caller(caller).filter(Invitation.UNANSWERED, invited_by_id=user_id)
    sender = (
        Membership.objects.for_caller(caller).filter(user_id=user_id).select_related("custom_role").first()
    )
    for invitation in sent.select_related("custom_role"):
        if sender is None or not sender.standing.governs(invitation.standing):
            Invitation.objects.for_caller(caller).filter(id=invitation.id).update(cancelled_at=now)
    for offer in OwnershipOffer.objects.for_caller(caller).filter(OwnershipOffer.UNANSWERED):
        if offer.concerns(user_id):
            OwnershipOffer.objects.for_caller(caller).filter(id=offer.id).update(ended_at=now)
