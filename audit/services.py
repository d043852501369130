"""Appending to the chain, inside the business transaction: no event without its change, no change without its event."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from audit import sealing
from audit.actions import Action, Outcome, Severity, action_name
from audit.envelope import INBOX_COLUMNS, Envelope, Receipt, Target, public_part
from audit.models import PLATFORM_ORGANIZATION_ID
from audit.promptguard_verify import STRUCTURAL
from audit.signals import event_recorded
from audit.subjects import UNIDENTIFIED, SealedPart, Subject, seal_part, subject
from promptguard.core.caller import ActorType, Caller
from promptguard.core.database import driver_cursor
from promptguard.core.identifiers import uuid7
from promptguard.core.strict import is_strict
from promptguard.core.tenancy import organization_scope, platform_scope

PEOPLE = (ActorType.USER, ActorType.OPERATOR)
INSERT_EVENT = f"INSERT INTO audit_inbox ({INBOX_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)"
PART_VALUES = "(%s, %s, %s, %s, %s, %s::bytea, %s::bytea, %s::bytea)"
WITH_PARTS = (
    "WITH parts AS (INSERT INTO audit_private (org_id, event_id, part, subject_ref, key_id, nonce, ciphertext, salt)"
    " VALUES {values}) "
)
SEAL_POLL_SECONDS = 0.02
# What explains an absence, or decides about one, is recorded whatever the settings say: the chain could not be verified.
INDISPENSABLE = frozenset(
    {
        *(Action[action_name(kind)] for kind in STRUCTURAL),
        Action.DATA_PURGED,
        Action.ERASURE_CANCELLED,
        Action.ERASURE_COMPLETED,
        Action.ERASURE_REQUESTED,
        Action.INTERACTIONS_SEALED,
        Action.PRIVACY_ERASED,
        Action.RETENTION_CHANGED,
    }
)


def is_recorded(action: Action) -> bool:
    """Whether events of this kind are written; ENABLE_AUDIT_LOGGING=false leaves only what is indispensable."""
    return bool(settings.ENABLE_AUDIT_LOGGING) or is_strict() or action in INDISPENSABLE


def record(
    action: Action,
    *,
    caller: Caller,
    targets: Sequence[Target] = (),
    outcome: Outcome = Outcome.SUCCESS,
    severity: Severity | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    personal: Mapping[UUID, Mapping[str, Any]] | None = None,
    organization_id: UUID | None = None,
    reason: str = "",
) -> Receipt:
    """Append one event to the chain of `organization_id` (default: the caller's, else the platform's).

    `personal` maps user ids to values that must be erasable; they never enter the hashed bytes, only a hiding
    commitment does. Everything else must not identify a person. Sealing follows after commit. Raises
    NotCanonical, and ProgrammingError when row-level security refuses a foreign organization.
    """
    chain = organization_id or caller.organization_id or PLATFORM_ORGANIZATION_ID
    if not connection.in_atomic_block:
        with organization_scope(chain):
            return record(
                action, caller=caller, targets=targets, outcome=outcome, severity=severity, before=before, after=after,
                details=details, personal=personal, organization_id=chain, reason=reason,
            )  # fmt: skip
    event_id = uuid7()
    people = _People(chain)
    parts = list(_private_parts(chain, event_id, caller, personal or {}, people))
    envelope = Envelope(
        event_id=event_id,
        organization_id=chain,
        action=action,
        occurred_at=datetime.now(UTC),
        actor_type=caller.actor.type,
        actor_ref=_actor_ref(caller, people),
        via=caller.actor.via,
        targets=[(target.type, people.ref(target)) for target in targets],
        outcome=outcome,
        severity=severity or action.severity,
        request_id=caller.origin.request_id,
        public=public_part(before, after, details, reason),
        commitments=[(part.subject_ref, part.commitment) for part in parts],
    )
    receipt = _append(envelope, parts) if is_recorded(action) else Receipt(event_id, envelope.inbox_row()[-1].hex())
    event_recorded.send(record, envelope=envelope, caller=caller)
    return receipt


def _append(envelope: Envelope, parts: Sequence[SealedPart]) -> Receipt:
    """One statement, whatever the number of people: each costs the request a round trip."""
    row = envelope.inbox_row()
    statement = INSERT_EVENT
    if parts:
        statement = WITH_PARTS.format(values=", ".join([PART_VALUES] * len(parts))) + INSERT_EVENT
    with driver_cursor() as cursor:
        cursor.execute(statement, [value for part in parts for value in part.row] + row)
    sealing.seal_after_commit()
    return Receipt(envelope.event_id, row[-1].hex())


class _People:
    """Pseudonyms of one event's people, each looked up once."""

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = organization_id
        self._found: dict[UUID, Subject] = {}

    def subject(self, user_id: UUID) -> Subject:
        if user_id not in self._found:
            self._found[user_id] = subject(self._organization_id, user_id)
        return self._found[user_id]

    def ref(self, target: Target) -> str:
        return self.subject(UUID(str(target.ref))).ref if target.is_person else str(target.ref)


def _actor_ref(caller: Caller, people: _People) -> str:
    if caller.actor.id is None:
        return ""
    return people.subject(caller.actor.id).ref if caller.actor.type in PEOPLE else str(caller.actor.id)


def _private_parts(
    chain: UUID, event_id: UUID, caller: Caller, personal: Mapping[UUID, Mapping[str, Any]], people: _People
) -> Iterator[SealedPart]:
    """One part for each person; the address and user agent of the caller belong to the one who acts."""
    values = {user_id: dict(given) for user_id, given in personal.items()}
    if origin := _origin(caller):
        actor = caller.actor.id if caller.actor.type in PEOPLE and caller.actor.id else UNIDENTIFIED
        values[actor] = origin | values.get(actor, {})
    for part, (user_id, given) in enumerate(sorted(values.items())):
        yield seal_part(chain, event_id, part, people.subject(user_id), given)


def _origin(caller: Caller) -> dict[str, str]:
    origin = {"ip": caller.origin.ip, "user_agent": caller.origin.user_agent}
    return {name: value for name, value in origin.items() if value}


def record_interaction(*, organization_id: UUID, interaction_id: UUID, leaf_hash: bytes) -> None:
    """Hand the leaf of one stored interaction (SHA-256, 32 bytes) to the next `interactions.sealed` event."""
    with driver_cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_interaction_inbox (org_id, interaction_id, leaf_hash) VALUES (%s, %s, %s)",
            [organization_id, interaction_id, leaf_hash],
        )
    sealing.seal_after_commit()


def await_seal(receipt: Receipt, timeout_seconds: float = 1.0) -> int | None:
    """Wait, after commit, until the event is sealed; its seq, or None when the time is over.

    Raises RuntimeError inside a transaction, where the event could never be sealed.
    """
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event is sealed after its transaction committed: wait outside of it")
    deadline = time.monotonic() + timeout_seconds
    while True:
        with platform_scope(), connection.cursor() as cursor:
            cursor.execute("SELECT seq FROM audit_event WHERE event_id = %s", [receipt.event_id])
            row = cursor.fetchone()
        if row is not None or time.monotonic() >= deadline:
            return row[0] if row else None
        if settings.AUDIT_SEALING == "inline":
            sealing.seal_batch()
        time.sleep(SEAL_POLL_SECONDS)

