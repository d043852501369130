"""Interactions sealed by batch: the leaves on record must lead to the root that the event committed to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from audit.promptguard_verify import Report
from audit.tree import root_of

LEAVES = "SELECT position, leaf_hash FROM audit_interaction WHERE org_id = %s AND event_id = %s ORDER BY position"

SealedBatch = tuple[int, int, str, dict[str, Any]]


def compare_interactions(
    cursor: Any, organization_id: UUID, batches: Sequence[SealedBatch], report: Report
) -> None:
    for epoch, seq, event_id, details in batches:
        try:
            cursor.execute(LEAVES, [organization_id, UUID(event_id)])
        except ValueError:
            report.add("content", epoch, seq, "not an event")
            continue
        rows = cursor.fetchall()
        positions, leaves = [place for place, _leaf in rows], [bytes(leaf) for _place, leaf in rows]
        is_whole = positions == list(range(details.get("count", 0)))
        if not is_whole or root_of(leaves).hex() != details.get("root"):
            report.add(
                "interaction-root", epoch, seq, "the interactions of this batch are not what was sealed"
            )
