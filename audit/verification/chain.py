"""The database's side of verifying: one consistent snapshot, streamed through the offline verifier's own walk.

What only the database has is compared here: head rows, filter columns, private parts, interaction leaves.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.types.numeric import Int8BinaryLoader

from audit.models import CheckpointRow, Head, Prune
from audit.promptguard_verify import TAMPERED, Keyring, Report, note_marks
from audit.sealing import microseconds
from audit.verification.interactions import compare_interactions
from audit.verification.privacy import PartsVerifier
from audit.verification.remembered import RememberingWalk
from audit.verification.spans import Span, explain_outside

WINDOW, PAGE = 20_000, 1_000
# PostgreSQL counts binary timestamps from 2000-01-01.
POSTGRES_EPOCH_US = 946_684_800_000_000
ROWS = """
SELECT epoch, seq, sealed_at, prev_hash, hash, leaf_hash, canonical,
       textsend(event_id::text), textsend(event_type), textsend(actor_ref), textsend(outcome), target_refs,
       textsend(severity), occurred_at, retention_class
FROM {source} WHERE org_id = %s AND epoch = %s AND seq >= %s AND seq < %s ORDER BY seq, sealed_at
"""
EPOCHS = """
WITH RECURSIVE e AS (
    SELECT min(epoch) AS epoch FROM audit_event WHERE org_id = %s
    UNION ALL SELECT (SELECT min(epoch) FROM audit_event WHERE org_id = %s AND epoch > e.epoch) FROM e WHERE e.epoch IS NOT NULL
) SELECT epoch FROM e WHERE epoch IS NOT NULL UNION SELECT epoch FROM audit_prune WHERE org_id = %s ORDER BY 1
"""
Row = tuple[Any, ...]

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
        # All that this process has loaded would be looked at for garbage again and again while the rows pass.
        gc.freeze()
        try:
            return self._run()
        finally:
            gc.unfreeze()

    def _run(self) -> Report:
        span = self._span
        with connection.cursor() as cursor:
            if span is not None:
                explain_outside(cursor, self.organization_id, self.walk, span)
            for epoch in epochs_of(cursor, self.organization_id):
                if span is None or epoch >= span.epoch:
                    self._walk_epoch(epoch)
            self.walk.finish()
            compare_interactions(cursor, self.organization_id, self.walk.sealed_batches, self.report)
        self._parts.explain_missing(self.walk.erased)
        self._compare_heads()
        return self.report

    def _walk_epoch(self, epoch: int) -> None:
        span = self._span if self._span and self._span.epoch == epoch else None
        window = (span.first, span.last) if span else (0, None)
        for rows in pages_of(self.organization_id, epoch, *window):
            self._check(epoch, rows)
            self._parts.compare()

    def _check(self, epoch: int, rows: Sequence[Row]) -> None:
        said = self.walk.run(epoch, [(row[1], row[2] + POSTGRES_EPOCH_US, *row[3:7]) for row in rows])
        if [row[7:] for row in rows] != [each and _columns(each) for each in said]:
            for row, each in zip(rows, said, strict=True):
                if each is not None:
                    self._compare_columns(row, each)

    def _compare_columns(self, row: Row, said: Row) -> None:
        *stored, occurred, kept = row[7:]
        *shown, at, wanted = _columns(said)
        if stored != shown or (said[9] is not None and at != occurred):
            self.report.add("projection", row[0], row[1], "a filter column differs from the content")
        elif kept != wanted:
            self.report.add("projection", row[0], row[1], "kept in another class than the policy says")

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


def rows_of(organization_id: UUID, epoch: int) -> Iterator[Row]:
    """The stored events of one epoch by seq: (epoch, seq, sealed_us, prev_hash, hash, leaf_hash, canonical)."""
    for epoch_, seq, sealed, *stored in chain.from_iterable(pages_of(organization_id, epoch)):
        yield (epoch_, seq, sealed + POSTGRES_EPOCH_US, *stored[:4])


def pages_of(organization_id: UUID, epoch: int, first: int = 0, last: int | None = None) -> Iterator[Sequence[Row]]:
    """The stored events first … last of one epoch by seq, as ROWS has them, some at a time.

    Row-level security hides from the planner how many there are: windows keep it from sorting a whole chain.
    """
    source, following, end = _source(organization_id), first, 2**63 - 1 if last is None else last + 1
    while (start := _next_seq(source, organization_id, epoch, following)) is not None and start < end:
        following = min(start + WINDOW, end)
        with connection.wrap_database_errors, psycopg.ServerCursor(connection.connection, "audit_events") as cursor:
            cursor.adapters.register_loader("timestamptz", Int8BinaryLoader)
            cursor.execute(ROWS.format(source=source), [organization_id, epoch, start, following], binary=True)
            while rows := cursor.fetchmany(PAGE):
                yield rows


def _columns(said: Row) -> Row:
    """What the filter columns have to be, in the order of ROWS, for an event that says this."""
    actor, _at, event_id, _org, outcome, _private, severity, targets, kind, at_us, kept = said
    occurred = (at_us or 0) - POSTGRES_EPOCH_US
    return event_id, kind, actor, outcome, [ref.decode(errors="replace") for ref in targets], severity, occurred, kept


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
