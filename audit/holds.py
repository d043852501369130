"""Legal holds and retention: what must stay, and for how long the rest does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from audit.actions import Action
from audit.envelope import Target
from audit.models import DataSubject, LegalHold, RetentionPolicy
from audit.promptguard_verify import DAYS
from audit.services import record
from audit.subjects import subject
from promptguard.core.caller import Caller
from promptguard.core.canonical import timestamp
from promptguard.core.errors import Conflict, Invalid, NotFound
from promptguard.core.identifiers import uuid7
from promptguard.core.strict import SHORTEST_AUDIT_DAYS, is_strict

# "hold" in ASCII: whoever places a hold waits for the chunk that a purge has in hand, and no longer.
HOLD_LOCK = 0x686F6C64


@dataclass(frozen=True, slots=True)
class Protection:
    """What one hold protects: everybody's rows (`user_ids` is None) or some people's, in a span of time or in all.

    `labels` are what the organization's applications call those people.
    """

    user_ids: frozenset[UUID] | None
    since: datetime | None = None
    until: datetime | None = None
    labels: frozenset[str] = frozenset()
    hold_id: UUID | None = None


def place_hold(
    *,
    caller: Caller,
    reason: str,
    user_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    ends_at: datetime | None = None,
) -> LegalHold:
    """Keep everything, or what concerns one person, or one span of time, until released.

    `since` and `until` bound what is kept, `ends_at` says when somebody shall decide on a release. A person whom
    the chain does not know yet gets their pseudonym here; that they exist is the caller's to know.
    """
    _lock(caller.tenant, shared=False)
    scope: dict[str, Any] = {}
    if user_id is not None:
        scope["subject_ref"] = subject(caller.tenant, user_id).ref
    scope |= {name: timestamp(moment) for name, moment in (("from", since), ("to", until)) if moment is not None}
    hold = LegalHold(
        id=uuid7(), organization_id=caller.tenant, scope=scope, reason=reason, placed_by=caller.actor.id,
        placed_at=datetime.now(UTC), ends_at=ends_at,
    )  # fmt: skip
    hold.save(force_insert=True)
    details = {"scope": scope} | ({"ends_at": timestamp(ends_at)} if ends_at else {})
    record(Action.LEGAL_HOLD_PLACED, caller=caller, targets=[Target("legal_hold", hold.id)], details=details)
    return hold


def release_hold(*, caller: Caller, hold_id: UUID, reason: str = "") -> None:
    """Raises NotFound for a hold that does not exist or was released before."""
    waiting = holds_in_force(caller).filter(id=hold_id)
    if not waiting.update(released_at=datetime.now(UTC)):
        raise NotFound()
    record(Action.LEGAL_HOLD_RELEASED, caller=caller, targets=[Target("legal_hold", hold_id)], reason=reason)


def holds_in_force(caller: Caller) -> QuerySet[LegalHold]:
    return LegalHold.objects.for_caller(caller).filter(released_at__isnull=True)


def organizations_on_hold() -> QuerySet[LegalHold, Any]:
    """Ids of the organizations in which everything is kept. Evaluate inside a platform scope."""
    everything = LegalHold.all_tenants.filter(released_at__isnull=True).exclude(scope__has_key="subject_ref")
    return everything.values("organization_id")


def protections(caller: Caller) -> list[Protection]:
    """What the holds of the caller's organization protect, fixed until the transaction ends: no new one joins before."""
    _lock(caller.tenant, shared=True)
    return [_protection(caller, hold) for hold in holds_in_force(caller)]


def _protection(caller: Caller, hold: LegalHold) -> Protection:
    ref = hold.scope.get("subject_ref")
    return Protection(
        user_ids=None if ref is None else people_behind(caller, [ref]),
        since=_moment(hold.scope.get("from")),
        until=_moment(hold.scope.get("to")),
        hold_id=hold.id,
    )


def people_behind(caller: Caller, refs: Iterable[str]) -> frozenset[UUID]:
    """The user ids behind pseudonyms."""
    rows = DataSubject.objects.for_caller(caller).filter(subject_ref__in=list(refs))
    return frozenset(rows.values_list("user_id", flat=True))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _lock(organization_id: UUID, *, shared: bool) -> None:
    kind = "_shared" if shared else ""
    with connection.cursor() as cursor:
        place = [HOLD_LOCK, int.from_bytes(organization_id.bytes[-4:], signed=True)]
        cursor.execute(f"SELECT pg_advisory_xact_lock{kind}(%s, %s)", place)


def set_retention(*, caller: Caller, retention_class: str, locked_until: datetime | None = None) -> None:
    """How long events recorded from now on are kept; those that exist keep the class they were sealed with.

    Raises Invalid for an unknown class, and Conflict while the policy is locked and would be shortened.
    """
    if retention_class not in DAYS:
        raise Invalid.field("class", f"Must be one of {', '.join(DAYS)}.")
    if is_strict() and (DAYS[retention_class] or SHORTEST_AUDIT_DAYS) < SHORTEST_AUDIT_DAYS:
        raise Invalid.field("class", f"Strict mode keeps audit events {SHORTEST_AUDIT_DAYS} days at least.", "range")
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

