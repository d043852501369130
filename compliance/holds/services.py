"""Placing and releasing holds: whom they may be about."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from audit import holds
from audit.models import DataSubject, LegalHold
from compliance.models import HeldEndUser
from compliance.subjects import end_user_id
from organizations.models import Membership
from organizations.services.governance import require_fresh
from promptguard.core.caller import ActorType, Caller
from promptguard.core.errors import Invalid, NotFound


def place(
    *,
    caller: Caller,
    reason: str,
    user_id: UUID | None = None,
    end_user: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    ends_at: datetime | None = None,
) -> LegalHold:
    """A hold on everything of the organization, on one person, or on one end user, known by their label.

    Raises NotFound for somebody whom the organization does not know, Invalid for an end in the past or an empty span.
    """
    if not reason.strip():
        raise Invalid.field("reason", "Say why: whoever has to release it will ask.")
    if ends_at is not None and ends_at <= timezone.now():
        raise Invalid.field("ends_at", "Must lie in the future.", "range")
    if since is not None and until is not None and until <= since:
        raise Invalid.field("until", "Must come after `since`.", "range")
    if user_id is not None and end_user is not None:
        raise Invalid.field("end_user", "Name an account or an end user, not both.")
    if user_id is not None and not _is_known(caller, user_id):
        raise NotFound("This organization knows nobody by that id.")
    held = user_id if end_user is None else end_user_id(caller.tenant, end_user)
    placed = holds.place_hold(
        caller=caller, reason=reason.strip(), user_id=held, since=since, until=until, ends_at=ends_at
    )
    if end_user is not None:
        HeldEndUser.objects.create_for(caller, hold_id=placed.id, label=end_user)
    return placed


def release(*, caller: Caller, hold_id: UUID, reason: str) -> LegalHold:
    """Let go of it; what waited for it goes on by itself. Raises ReauthenticationRequired, NotFound."""
    if caller.actor.type is ActorType.USER:
        require_fresh(caller)
    if not reason.strip():
        raise Invalid.field("reason", "Say why it may end.")
    holds.release_hold(caller=caller, hold_id=hold_id, reason=reason.strip())
    HeldEndUser.objects.for_caller(caller).filter(hold_id=hold_id).delete()
    return LegalHold.objects.for_caller(caller).get(id=hold_id)


def _is_known(caller: Caller, user_id: UUID) -> bool:
    member = Membership.objects.for_caller(caller).filter(user_id=user_id)
    return member.exists() or DataSubject.objects.for_caller(caller).filter(user_id=user_id).exists()
