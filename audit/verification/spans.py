"""Verifying a part of a chain: where it starts, and what lies outside of it that a verdict about it needs."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit import hashing
from audit.models import Head
from audit.promptguard_verify import DAYS, DEFAULT_CLASS, ChainVerifier, event_details
from audit.sealing import microseconds
from audit.tiles import Pruned, TreeReader

BEFORE = "SELECT hash FROM audit_event WHERE org_id = %s AND epoch = %s AND seq = %s"
HELD_BEFORE = "SELECT hash FROM audit_event_held WHERE org_id = %s AND epoch = %s AND seq = %s"
PRUNED_BEFORE = """
SELECT to_seq, last_hash, tree_state FROM audit_prune WHERE org_id = %s AND epoch = %s AND from_seq <= %s AND to_seq >= %s
"""
EXPLAINING = """
SELECT epoch, seq, sealed_at, event_type, canonical FROM audit_event
WHERE org_id = %s AND event_type IN ('audit.pruned', 'privacy.erased', 'retention.changed') ORDER BY epoch, seq
"""


class NoSuchEvent(LookupError):
    """The part asked for starts where nothing is."""


@dataclass(frozen=True, slots=True)
class Span:
    """Events `first` … `last` (None: to the end) of one epoch; `start` is what `ChainVerifier` begins with."""

    epoch: int
    first: int
    last: int | None
    start: dict[str, Any]

    def covers(self, epoch: int, size: int) -> bool:
        """Whether something signed about this place can be compared."""
        after_start = epoch > self.epoch or (epoch == self.epoch and size >= self.first)
        return after_start and (self.last is None or (epoch, size) <= (self.epoch, self.last))


def remembered_span(start: dict[str, Any]) -> Span:
    """From where an earlier run stopped to the end."""
    return Span(start["epoch"], start["seq"] + 1, None, start)


def chosen_span(cursor: Any, organization_id: UUID, first: int, last: int | None) -> Span:
    """A part of the newest epoch. The state before it is the database's word, and has to fit what was signed.

    Raises NoSuchEvent.
    """
    head = Head.all_tenants.filter(organization_id=organization_id).order_by("-epoch").first()
    if head is None or first > head.seq or (last is not None and last < first):
        raise NoSuchEvent("no such events")
    start: dict[str, Any] = {"epoch": head.epoch, "class": _class_before(cursor, organization_id, head.epoch, first)}
    before: tuple[int, bytes, list[bytes] | None] = (0, hashing.genesis(organization_id, head.epoch, bytes(head.parent)), [])
    if first > 1:
        before = _state_before(cursor, organization_id, head.epoch, first)
    seq, link, peaks = before
    hexadecimal = None if peaks is None else [peak.hex() for peak in peaks]
    start |= {"seq": seq, "previous": link.hex(), "peaks": hexadecimal}
    return Span(head.epoch, seq + 1, last, start)


def _state_before(cursor: Any, organization_id: UUID, epoch: int, first: int) -> tuple[int, bytes, list[bytes] | None]:
    place = [organization_id, epoch, first - 1]
    for statement in (BEFORE, HELD_BEFORE):
        cursor.execute(statement, place)
        if row := cursor.fetchone():
            try:
                return first - 1, bytes(row[0]), TreeReader(cursor, organization_id, epoch).peaks(first - 1)
            except Pruned:
                return first - 1, bytes(row[0]), None
    cursor.execute(PRUNED_BEFORE, [*place, first - 1])
    if row := cursor.fetchone():
        return row[0], bytes(row[1]), [bytes(peak) for peak in row[2]]
    raise NoSuchEvent(f"event {first - 1}, from which to go on, is neither there nor pruned")


def _class_before(cursor: Any, organization_id: UUID, epoch: int, first: int) -> str:
    kept = DEFAULT_CLASS
    for found_in, seq, _sealed_at, kind, document in _explaining(cursor, organization_id):
        chosen = event_details(bytes(document)).get("class")
        if kind == "retention.changed" and (found_in, seq) < (epoch, first) and chosen in DAYS:
            kept = chosen
    return kept


def explain_outside(cursor: Any, organization_id: UUID, walk: ChainVerifier, span: Span) -> None:
    """Events outside of the part that say why something inside it is absent; they are taken at their word."""
    for epoch, seq, sealed_at, kind, document in _explaining(cursor, organization_id):
        if span.covers(epoch, seq):
            continue
        details = event_details(bytes(document))
        if kind == "audit.pruned":
            walk.prune_events[epoch, seq] = (microseconds(sealed_at), details)
        elif kind == "privacy.erased":
            walk.erased[str(details.get("subject_ref"))] = (epoch, seq)
        elif details.get("class") in DAYS:
            walk.classes[epoch, seq] = details["class"]


def _explaining(cursor: Any, organization_id: UUID) -> list[tuple[Any, ...]]:
    cursor.execute(EXPLAINING, [organization_id])
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
