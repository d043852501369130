"""The guard's part of `verify_audit_chain`: are the interactions on record those that the chain has sealed?

The chain holds the leaf of each interaction (audit-design, section 15); this compares the leaves with the rows. A row
may lack what was erased, and a row may be gone, as far as events of the chain account for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from audit.actions import Action
from audit.promptguard_verify import Report, event_details
from organizations.models import Organization
from promptguard.core.canonical import NotCanonical, canonical, commitment, leaf_hash, parse, timestamp
from promptguard.core.crypto import SealBroken, open_sealed
from promptguard.guard.models.interactions import content_place

COLUMNS = (
    "id", "organization_id", "project_id", "api_key_id", "created_at", "endpoint", "direction", "decision",
    "is_flagged", "threat_type", "confidence", "reason", "model", "policy_version", "end_user", "ip", "content", "salt",
    "canonical", "leaf_hash",
)  # fmt: skip
PAIRS = """
SELECT s.interaction_id, s.leaf_hash, e.epoch, e.seq, w.leaf_hash,
       i.id, i.organization_id, i.project_id, i.api_key_id, i.created_at, i.endpoint, i.direction, i.decision,
       i.is_flagged, i.threat_type, i.confidence, i.reason, i.model, i.policy_version, i.end_user, i.ip, i.content,
       i.salt, i.canonical, i.leaf_hash
FROM (SELECT * FROM guard_interaction WHERE organization_id = %(org)s) i
FULL JOIN (SELECT * FROM audit_interaction WHERE org_id = %(org)s) s ON s.interaction_id = i.id
LEFT JOIN audit_event e ON e.org_id = %(org)s AND e.event_id = s.event_id
LEFT JOIN audit_interaction_inbox w ON w.org_id = %(org)s AND w.interaction_id = i.id
ORDER BY e.epoch, e.seq, s.position
"""
EVENTS = """
SELECT canonical FROM audit_event WHERE org_id = %(org)s AND event_type = ANY(%(kinds)s)
UNION ALL SELECT canonical FROM audit_inbox WHERE org_id = %(org)s AND event_type = ANY(%(kinds)s)
"""
Place = tuple[int, int]


@dataclass
class Absences:
    """What is gone, until it is known how much of it the chain accounts for."""

    rows: list[Place] = field(default_factory=list)
    values: list[Place] = field(default_factory=list)


def verify_interactions(organization_id: UUID, report: Report) -> None:
    """Add what is wrong with an organization's interactions. Call inside a snapshot.

    `interaction-altered`: a row or its leaf is not what was sealed; `interaction-projection`: a column says something
    else than the hashed bytes; `interaction-private`: what was said is not what was committed to;
    `interaction-inserted`: the chain knows nothing of the row; `interaction-missing` and `interaction-emptied`: a row,
    or what was said, is gone and no event accounts for it.
    """
    absences = Absences()
    for sealed_id, sealed, epoch, seq, waiting, *values in _pairs(organization_id):
        place = (epoch or 0, seq or 0)
        if values[0] is None:
            absences.rows.append(place)
            continue
        row = dict(zip(COLUMNS, values, strict=True))
        if sealed_id is None and waiting is None:
            report.add("interaction-inserted", *place, f"the chain knows nothing of {row['id']}")
        _compare(row, sealed if sealed is not None else waiting, place, report)
        if row["salt"] is None:
            absences.values.append(place)
    if Organization.objects.filter(id=organization_id).exists():
        _account(organization_id, absences, report)


def _pairs(organization_id: UUID) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(PAIRS, {"org": organization_id})
        while rows := cursor.fetchmany(2000):
            yield from rows


def _compare(row: dict[str, Any], sealed: Any, place: Place, report: Report) -> None:
    document = bytes(row["canonical"])
    leaf = leaf_hash(document)
    if leaf != bytes(row["leaf_hash"]) or (sealed is not None and leaf != bytes(sealed)):
        report.add("interaction-altered", *place, f"{row['id']} is not what was sealed")
        return
    try:
        said = parse(document)
    except NotCanonical:
        report.add("interaction-altered", *place, f"{row['id']} is not an interaction")
        return
    if any(said.get(name, value) != value for name, value in _shown(row).items()):
        report.add("interaction-projection", *place, f"{row['id']} shows something else than what was sealed")
    if not _keeps_its_promise(row, said):
        report.add("interaction-private", *place, f"what {row['id']} keeps is not what it committed to")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The columns as the hashed bytes name them."""
    return {
        "id": str(row["id"]),
        "org": str(row["organization_id"]),
        "project": str(row["project_id"]),
        "key": str(row["api_key_id"] or ""),
        "at": timestamp(row["created_at"]),
        "endpoint": row["endpoint"],
        "direction": row["direction"],
        "decision": row["decision"],
        "flagged": row["is_flagged"],
        "threat": row["threat_type"],
        "confidence": repr(row["confidence"]),
        "reason": row["reason"],
        "model": row["model"],
        "policy": row["policy_version"],
    }


def _keeps_its_promise(row: dict[str, Any], said: dict[str, Any]) -> bool:
    if row["salt"] is None:
        return row["content"] is None and not row["end_user"] and row["ip"] is None
    try:
        texts = open_sealed(bytes(row["content"]), content_place(row["id"])) if row["content"] else b"[]"
        private = {"end_user": row["end_user"], "ip": str(row["ip"] or ""), "texts": orjson.loads(texts)}
        return bool(commitment(bytes(row["salt"]), canonical(private)).hex() == said["private"])
    except (SealBroken, NotCanonical, ValueError, KeyError):
        return False


def _account(organization_id: UUID, absences: Absences, report: Report) -> None:
    """Purges say how many rows they let go; what was said may be gone once the chain speaks of an erasure."""
    purged, erased = _purged(organization_id), _erased(organization_id)
    gone, emptied = purged.get("interactions", 0), purged.get("interaction_content", 0)
    if len(absences.rows) > gone and "organization" not in erased:
        message = f"{len(absences.rows)} are gone, and the chain speaks of {gone}"
        report.add("interaction-missing", *min(absences.rows), message)
    if len(absences.values) > emptied and not erased:
        report.add("interaction-emptied", *min(absences.values), "what was said is gone, and nobody says why")


def _purged(organization_id: UUID) -> dict[str, int]:
    """Kind -> rows that the chain says retention has removed or emptied."""
    total: dict[str, int] = {}
    for details in _details(organization_id, "data.purged"):
        rows = details.get("rows")
        for kind, count in rows.items() if isinstance(rows, dict) else ():
            total[kind] = total.get(kind, 0) + (count if isinstance(count, int) else 0)
    return total


def _erased(organization_id: UUID) -> set[str]:
    """What the chain says has been erased: a person, an end user, the organization."""
    said = _details(organization_id, Action.PRIVACY_ERASED, Action.ERASURE_REQUESTED)
    return {str(details.get("scope", "person")) for details in said}


def _details(organization_id: UUID, *kinds: str) -> Iterator[dict[str, Any]]:
    """Of the events on record, those included that wait to be sealed."""
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {"org": organization_id, "kinds": [str(kind) for kind in kinds]})
        documents = cursor.fetchall()
    for (document,) in documents:
        yield event_details(bytes(document))
