"""Legal holds and retention: what must stay, and for how long the rest does."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from audit.actions import Action
from audit.envelope import Target
from audit.models import DataSubject, LegalHold, RetentionPolicy
from audit.promptguard_verify import DAYS
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.canonical import timestamp
from promptguard.core.errors import Conflict, Invalid, NotFound
from promptguard.core.identifiers import uuid7


def place_hold(
    *, caller: Caller, reason: str, user_id: UUID | None = None, since: datetime | None = None, until: datetime | None = None
) -> LegalHold:
    """Keep everything, or what concerns one person, or one span of time, until released."""
    scope: dict[str, Any] = {}
    if user_id is not None:
        scope["subject_ref"] = _subject_ref(caller, user_id)
    scope |= {name: timestamp(moment) for name, moment in (("from", since), ("to", until)) if moment is not None}
    hold = LegalHold(
        id=uuid7(), organization_id=caller.tenant, scope=scope, reason=reason, placed_by=caller.actor.id,
        placed_at=datetime.now(UTC),
    )  # fmt: skip
    hold.save(force_insert=True)
    record(Action.LEGAL_HOLD_PLACED, caller=caller, targets=[Target("legal_hold", hold.id)], details={"scope": scope})
    return hold


def release_hold(*, caller: Caller, hold_id: UUID, reason: str = "") -> None:
    """Raises NotFound for a hold that does not exist or was released before."""
    waiting = LegalHold.objects.for_caller(caller).filter(id=hold_id, released_at__isnull=True)
    if not waiting.update(released_at=datetime.now(UTC)):
        raise NotFound()
    record(Action.LEGAL_HOLD_RELEASED, caller=caller, targets=[Target("legal_hold", hold_id)], reason=reason)


def set_retention(*, caller: Caller, retention_class: str, locked_until: datetime | None = None) -> None:
    """How long events recorded from now on are kept; those that exist keep the class they were sealed with.

    Raises Invalid for an unknown class, and Conflict while the policy is locked and would be shortened.
    """
    if retention_class not in DAYS:
        raise Invalid.field("class", f"Must be one of {', '.join(DAYS)}.")
    now = datetime.now(UTC)
    current = RetentionPolicy.objects.for_caller(caller).first()
    if current and current.locked_until and current.locked_until > now and _is_shorter(retention_class, current):
        raise Conflict("The retention is locked and may only be extended.", code="retention_locked")
    values = {
        "retention_class": retention_class,
        "days": DAYS[retention_class],
        "locked_until": locked_until or (current and current.locked_until),
        "set_by": caller.actor.id,
        "set_at": now,
    }
    RetentionPolicy.all_tenants.update_or_create(organization_id=caller.tenant, defaults=values)
    record(
        Action.RETENTION_CHANGED,
        caller=caller,
        details={"class": retention_class, "days": DAYS[retention_class]},
    )


def _is_shorter(retention_class: str, current: RetentionPolicy) -> bool:
    wanted, kept = DAYS[retention_class], current.days
    return wanted is not None and (kept is None or wanted < kept)


def _subject_ref(caller: Caller, user_id: UUID) -> str:
    found = DataSubject.objects.for_caller(caller).filter(user_id=user_id).first()
    if found is None:
        raise NotFound("Nothing is recorded about this person.")
    return found.subject_ref
