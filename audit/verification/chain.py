"""The database's side of verifying: one consistent snapshot, streamed through the offline verifier's own walk.

What only the database has is compared here: head rows, filter columns, private parts, interaction leaves.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection

from audit.models import CheckpointRow, Head, Prune
from audit.promptguard_verify import TAMPERED, Keyring, Report, note_marks
from audit.sealing import microseconds
from audit.verification.interactions import compare_interactions
from audit.verification.privacy import PartsVerifier
from audit.verification.remembered import RememberingWalk
from audit.verification.spans import Span, explain_outside

CHUNK = 20_000
# PostgreSQL counts binary timestamps from 2000-01-01.
POSTGRES_EPOCH_US = 946_684_800_000_000
COLUMN_TYPES = ["int2", "int8", "int8", *["bytea"] * 4, *["bytea"] * 4, "text[]", "bytea", "int8", "text"]
ROWS = """
COPY (
    SELECT epoch, seq, sealed_at, prev_hash, hash, leaf_hash, canonical,
           uuid_send(event_id), event_type::bytea, actor_ref::bytea, outcome::bytea, target_refs, severity::bytea,
           occurred_at, retention_class
    FROM {source} WHERE org_id = %s AND epoch = %s AND seq >= %s AND seq < %s ORDER BY seq, sealed_at
) TO STDOUT (FORMAT binary)
"""
EPOCHS = """
WITH RECURSIVE e AS (
    SELECT min(epoch) AS epoch FROM audit_event WHERE org_id = %s
    UNION ALL SELECT (SELECT min(epoch) FROM audit_event WHERE org_id = %s AND epoch > e.epoch) FROM e WHERE e.epoch IS NOT NULL
) SELECT epoch FROM e WHERE epoch IS NOT NULL UNION SELECT epoch FROM audit_prune WHERE org_id = %s ORDER BY 1
"""
HELD = """(
    SELECT * FROM audit_event UNION ALL SELECT * FROM audit_event_held h WHERE NOT EXISTS (
        SELECT 1 FROM audit_event e WHERE (e.org_id, e.epoch, e.seq) = (h.org_id, h.epoch, h.seq))
) AS events"""


class DatabaseVerifier:
    """Checks one organization's chain inside a snapshot. Findings are the offline verifier's, and more."""

    def __init__(
        self, organization_id: UUID, keys: Keyring, anchored_notes: Iterable[str] = (), span: Span | None = None
    ) -> None:
        self.organization_id, self._span = organization_id, span
        self.report = Report(organization_id)
        # Anchors first: they decide how far a revoked key is still believed.
        marks = [*self._anchor_marks(keys, anchored_notes), *self._checkpoint_marks(keys)]
        if span is not None:
            marks = [mark for mark in marks if span.covers(mark[1], mark[2])]
        start = None if span is None else span.start
        self.walk = RememberingWalk(organization_id, self.report, prune_records(organization_id), marks, start)
        self._parts = PartsVerifier(organization_id, self.report)
        self.walk.commitments = self._parts.expect

    def run(self) -> Report:
        span = self._span
        with connection.cursor() as cursor:
            if span is not None:
                explain_outside(cursor, self.organization_id, self.walk, span)
            for epoch in epochs_of(cursor, self.organization_id):
                if span is None or epoch >= span.epoch:
                    self._walk_epoch(cursor, epoch)
            self.walk.finish()
            compare_interactions(cursor, self.organization_id, self.walk.sealed_batches, self.report)
        self._parts.explain_missing(self.walk.erased)
        self._compare_heads()
        return self.report

    def _walk_epoch(self, cursor: Any, epoch: int) -> None:
        span = self._span if self._span and self._span.epoch == epoch else None
        rows = rows_of(self.organization_id, epoch, span.first if span else 0, span.last if span else None)
        for number, row in enumerate(rows, 1):
            self._check(row)
            if number % CHUNK == 0:
                self._parts.compare(cursor)
        self._parts.compare(cursor)

    def _check(self, row: tuple[Any, ...]) -> None:
        epoch, seq, sealed_us, previous, link, leaf, document, *columns, occurred_us, kept = row
        said = self.walk.event(epoch, seq, sealed_us, previous, link, leaf, document)
        if said is None:
            return
        actor, _at, event_id, _org, outcome, _private, severity, targets, kind, at_us = said
        if at_us is not None and at_us != occurred_us:
            self.report.add("projection", epoch, seq, "a filter column differs from the content")
        stored_id, *stored = columns
        shown = [kind, actor, outcome, [target.decode(errors="replace") for target in targets], severity]
        if stored != shown or stored_id.hex().encode() != event_id.replace(b"-", b""):
            self.report.add("projection", epoch, seq, "a filter column differs from the content")
        elif kept != self.walk.class_of(kind):
            self.report.add("projection", epoch, seq, "kept in another class than the policy says")

    def _compare_heads(self) -> None:
        """The sequencer's own row must say what the walk found; the row lies in the same snapshot."""
        reached, span = dict(self.report.heads), self._span
        if span is not None and span.last is not None:
            return  # the head lies beyond
        for head in Head.all_tenants.filter(organization_id=self.organization_id):
            if span is not None and head.epoch < span.epoch:
                continue
            seq, link = reached.pop(head.epoch, (0, b""))
            if head.seq != seq or (seq and bytes(head.hash) != link):
                self.report.add("head", head.epoch, min(head.seq, seq) + 1, "the head row says otherwise")
            elif self.walk.epoch == head.epoch and not self._agrees(head):
                self.report.add("head", head.epoch, seq, "the head row's tree, time or policy is not the log's")
        for epoch, (seq, _link) in reached.items():
            self.report.add("head", epoch, seq, "the head row is missing")

    def _agrees(self, head: Head) -> bool:
        """Whether the next event will be sealed as it should be. What was already found is not found once more."""
        walk: Any = self.walk
        if walk.tree is None or self.report.exit_code() == TAMPERED:
            return True
        peaks = [bytes(peak) for peak in head.tree_state]
        if self._span is not None:  # what came before the part is not known well enough for the rest
            return bool(peaks == walk.tree.peaks)
        said = (peaks, bytes(head.parent), head.retention_class)
        was_pruned = walk.jumped_to == (head.epoch, head.seq)  # then nobody knows any more when it was sealed
        at_that_time = was_pruned or microseconds(head.sealed_at) == walk.sealed_us
        return at_that_time and said == (walk.tree.peaks, walk.parent, walk.retention_class)

    def _checkpoint_marks(self, keys: Keyring) -> Iterator[tuple[str, int, int, bytes, str]]:
        for row in CheckpointRow.all_tenants.filter(organization_id=self.organization_id).order_by("epoch", "size"):
            self.report.counts["checkpoints"] += 1
            marks = note_marks(self.report, keys, self.organization_id, "checkpoint", row.epoch, row.note)
            columns = ("checkpoint", row.epoch, row.size, bytes(row.root), bytes(row.head_hash).hex())
            if marks and marks != [columns]:
                self.report.add("projection", row.epoch, row.size, "a checkpoint's columns differ from its note")
            yield from marks

    def _anchor_marks(self, keys: Keyring, notes: Iterable[str]) -> Iterator[tuple[str, int, int, bytes, str]]:
        for note in notes:
            self.report.counts["anchors"] += 1
            yield from note_marks(self.report, keys, self.organization_id, "anchor", None, note)


def epochs_of(cursor: Any, organization_id: UUID) -> list[int]:
    """The epochs that have events, or had them; found by index, whatever the head rows say."""
    cursor.execute(EPOCHS, [organization_id] * 3)
    return [epoch for (epoch,) in cursor.fetchall()]


def rows_of(
    organization_id: UUID, epoch: int, first: int = 0, last: int | None = None
) -> Iterator[tuple[Any, ...]]:
    """The stored events first … last of one epoch by seq, in windows: memory stays bounded whatever the size.

    (epoch, seq, sealed_us, prev_hash, hash, leaf_hash, canonical, filter columns …, occurred_us, retention_class)
    """
    source, following, end = _source(organization_id), first, 2**63 - 1 if last is None else last + 1
    while (start := _next_seq(source, organization_id, epoch, following)) is not None and start < end:
        following = min(start + CHUNK, end)
        raw = connection.connection.cursor()
        with connection.wrap_database_errors, raw, raw.copy(ROWS.format(source=source), [organization_id, epoch, start, following]) as copy:
            copy.set_types(COLUMN_TYPES)
            window = list(copy.rows())
        for epoch_, seq, sealed, *middle, occurred, kept in window:
            yield (epoch_, seq, sealed + POSTGRES_EPOCH_US, *middle, occurred + POSTGRES_EPOCH_US, kept)


def _source(organization_id: UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM audit_event_held WHERE org_id = %s)", [organization_id])
        return HELD if cursor.fetchone()[0] else "audit_event"


def _next_seq(source: str, organization_id: UUID, epoch: int, seq: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(seq) FROM {source} WHERE org_id = %s AND epoch = %s AND seq >= %s",
            [organization_id, epoch, seq],
        )
        found: int | None = cursor.fetchone()[0]
    return found


def prune_records(organization_id: UUID) -> list[dict[str, Any]]:
    """Which ranges are said to have been pruned, in the form that bundles carry them."""
    rows = Prune.all_tenants.filter(organization_id=organization_id).order_by("epoch", "from_seq")
    return [
        {
            "epoch": row.epoch,
            "from": row.from_seq,
            "to": row.to_seq,
            "prev": bytes(row.prev_hash).hex(),
            "last": bytes(row.last_hash).hex(),
            "peaks": [bytes(peak).hex() for peak in row.tree_state],
            "event_seq": row.event_seq,
            "class": row.policy,
        }
        for row in rows
    ]
