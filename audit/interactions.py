"""Interactions by batch: one event commits to the leaves of many (audit-design 15)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from audit.actions import Action, Outcome
from audit.envelope import INBOX_COLUMNS, Envelope
from audit.tree import root_of
from promptguard.core.caller import system_caller
from promptguard.core.identifiers import uuid7

FOLD_LIMIT = 20_000
TAKE = """
WITH taken AS (SELECT id FROM audit_interaction_inbox ORDER BY id LIMIT %s)
DELETE FROM audit_interaction_inbox i USING taken WHERE i.id = taken.id
RETURNING i.id, i.org_id, i.interaction_id, i.leaf_hash
"""
PLACE = """
INSERT INTO audit_interaction (org_id, interaction_id, event_id, position, leaf_hash)
SELECT %s, interaction_id, %s, position - 1, leaf
FROM unnest(%s::uuid[], %s::bytea[]) WITH ORDINALITY AS t(interaction_id, leaf, position)
"""
INSERT = f"INSERT INTO audit_inbox ({INBOX_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)"


def fold_interactions(cursor: Any) -> None:
    """Turn the waiting leaves into one `interactions.sealed` event for each organization."""
    cursor.execute(TAKE, [FOLD_LIMIT])
    batches: dict[UUID, list[tuple[UUID, bytes]]] = defaultdict(list)
    for _id, organization_id, interaction_id, leaf in sorted(cursor.fetchall()):
        batches[organization_id].append((interaction_id, bytes(leaf)))
    for organization_id, batch in batches.items():
        _fold(cursor, organization_id, batch)


def _fold(cursor: Any, organization_id: UUID, batch: Sequence[tuple[UUID, bytes]]) -> None:
    identifiers, leaves = zip(*batch, strict=True)
    public = {
        "from": str(identifiers[0]),
        "to": str(identifiers[-1]),
        "count": len(batch),
        "root": root_of(leaves).hex(),
    }
    envelope = system_event(organization_id, Action.INTERACTIONS_SEALED, {"details": public})
    cursor.execute(INSERT, envelope.inbox_row())
    cursor.execute(PLACE, [organization_id, envelope.event_id, list(identifiers), list(leaves)])


def system_event(organization_id: UUID, action: Action, public: dict[str, Any]) -> Envelope:
    """An event of the product itself, without people in it."""
    actor = system_caller().actor
    return Envelope(
        event_id=uuid7(),
        organization_id=organization_id,
        action=action,
        occurred_at=datetime.now(UTC),
        actor_type=actor.type,
        actor_ref="",
        via=actor.via,
        targets=(),
        outcome=Outcome.SUCCESS,
        severity=action.severity,
        request_id="",
        public=public,
    )
