"""One sequencer gives the events of all chains their order: inbox → link, leaf, tree → sealed table.

No lock is ever held across application code: requests only insert. Order is the inbox's identity column, so
an event committed before another was inserted is sealed before it; about concurrent ones nothing is promised.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, connections, transaction

from audit import hashing
from audit.actions import Action
from audit.interactions import fold_interactions
from audit.promptguard_verify import DAYS, STRUCTURAL, event_details
from audit.promptguard_verify import DEFAULT_CLASS as DEFAULT_RETENTION_CLASS
from audit.tree import TILE_WIDTH, CompactRange
from promptguard.core import metrics
from promptguard.core.canonical import leaf_hash
from promptguard.core.database import driver_cursor
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)

# What there is, up to so many: the fewer batches, the fewer chains to read and advance for each event.
BATCH = 20_000
# "audit" in ASCII: the advisory lock that makes the sequencer one.
SEQUENCER_LOCK = 0x6175646974
FOREVER = "forever"
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Row-level security hides from the planner how many rows there are; left to itself it would read and sort the whole
# inbox for each batch, which a deep backlog would never recover from.
TAKE_OFFICE = """
SELECT pg_try_advisory_xact_lock(%s), set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('work_mem', '64MB', true)
"""
READ_INBOX = """
SELECT id, org_id::text, event_type, canonical FROM audit_inbox ORDER BY id LIMIT %s
"""
READ_HEADS = """
SELECT DISTINCT ON (h.org_id) h.org_id, h.epoch, h.seq, h.hash, h.sealed_at, h.tree_state, h.retention_class
FROM audit_head h WHERE h.org_id = ANY(%s::uuid[]) ORDER BY h.org_id, h.epoch DESC
"""
# The range keeps the plan to the batch itself, however deep the inbox is. Hashes travel as one block of bytes:
# leaf, previous link and link of each event.
MOVE = """
WITH link AS (
    SELECT * FROM unnest(%(id)s::bigint[], %(epoch)s::smallint[], %(seq)s::bigint[], %(sealed_us)s::bigint[], %(class)s::text[])
        WITH ORDINALITY AS t(id, epoch, seq, sealed_us, class, n)
), moved AS (
    DELETE FROM audit_inbox i USING link WHERE i.id = link.id AND i.id BETWEEN %(first)s AND %(last)s
    RETURNING i.*, link.epoch, link.seq, link.sealed_us, link.class, ((link.n - 1) * 96)::integer AS at
)
INSERT INTO audit_event (org_id, epoch, seq, event_id, sealed_at, occurred_at, event_type, actor_ref, target_refs,
                         outcome, severity, canonical, leaf_hash, prev_hash, hash, retention_class)
SELECT org_id, epoch, seq, event_id, 'epoch'::timestamptz + sealed_us * interval '1 microsecond', occurred_at,
       event_type, actor_ref, target_refs, outcome, severity, canonical, substr(%(hashes)s::bytea, at + 1, 32),
       substr(%(hashes)s::bytea, at + 33, 32), substr(%(hashes)s::bytea, at + 65, 32), class
FROM moved ORDER BY org_id, seq
"""
# `blocks` holds, for each chain, its head and then its peaks.
ADVANCE = """
UPDATE audit_head h SET seq = n.seq, hash = substr(n.block, 1, 32), retention_class = n.class,
    sealed_at = 'epoch'::timestamptz + n.sealed_us * interval '1 microsecond',
    tree_state = ARRAY(SELECT substr(n.block, i * 32 + 1, 32) FROM generate_series(1, n.peaks) i ORDER BY i)
FROM (
    SELECT org_id, epoch, old_seq, seq, sealed_us, class, peaks, substr(%(blocks)s::bytea, start, (peaks + 1) * 32) AS block
    FROM unnest(%(org_id)s::uuid[], %(epoch)s::smallint[], %(old_seq)s::bigint[], %(seq)s::bigint[],
                %(sealed_us)s::bigint[], %(class)s::text[], %(peaks)s::integer[], %(start)s::integer[])
        AS t(org_id, epoch, old_seq, seq, sealed_us, class, peaks, start)
) AS n
WHERE h.org_id = n.org_id AND h.epoch = n.epoch AND h.seq = n.old_seq
"""
OPEN_CHAINS = """
INSERT INTO audit_head (org_id, epoch, seq, hash, sealed_at, tree_state, parent)
SELECT org_id, 1, 0, hash, 'epoch', '{}', %s FROM unnest(%s::uuid[], %s::bytea[]) AS t(org_id, hash)
"""
EXTEND_TILES = """
INSERT INTO audit_tile AS tile (org_id, epoch, level, index, data)
SELECT * FROM unnest(%s::uuid[], %s::smallint[], %s::smallint[], %s::bigint[], %s::bytea[])
ON CONFLICT (org_id, epoch, level, index) DO UPDATE SET data = tile.data || excluded.data
"""


# Its number, the organization (as text, which is quicker to look up), what kind of event it is, and what it says.
InboxRow = tuple[int, str, str, bytes]


class SequencerFenced(RuntimeError):
    """Another sequencer moved a head meanwhile; this batch was rolled back and nothing was forked."""


@dataclass(slots=True)
class Chain:
    """The end of one organization's chain while a batch is appended to it."""

    organization_id: UUID
    epoch: int
    seq: int
    hash: bytes
    sealed_us: int
    tree: CompactRange
    retention_class: str = DEFAULT_RETENTION_CLASS
    started_at: int = field(init=False)
    prefix: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.started_at = self.seq
        self.prefix = hashing.link_prefix(self.organization_id, self.epoch)

    def class_of(self, event_type: str, document: bytes) -> str:
        """How long an event that explains an absence is kept: for ever. One that says how long others are, is obeyed."""
        if event_type == Action.RETENTION_CHANGED:
            chosen = event_details(document).get("class")
            self.retention_class = chosen if chosen in DAYS else self.retention_class
        return FOREVER

    def append(self, leaf: bytes, now_us: int) -> None:
        """Seal one leaf; time never runs backwards inside a chain, whatever the clock does."""
        self.seq += 1
        self.sealed_us = max(now_us, self.sealed_us + 1)
        self.hash = hashing.link(self.prefix, self.seq, self.sealed_us, self.hash, leaf)
        self.tree.append(self.hash)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970, without a float on the way."""
    return (moment - UNIX_EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    return UNIX_EPOCH + timedelta(microseconds=us)


def seal_batch(limit: int = BATCH) -> int:
    """Seal up to `limit` events of all organizations; the number sealed, 0 when another sequencer is at work.

    Raises SequencerFenced when a head moved under it.
    """
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(TAKE_OFFICE, [SEQUENCER_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        fold_interactions(cursor)
        with driver_cursor("sequencer") as driver:
            rows = driver.execute(READ_INBOX, [limit], binary=True).fetchall()
        if rows:
            seal_rows(cursor, rows)
            cursor.execute("SELECT pg_notify('audit_sealed', '')")
    metrics.AUDIT_SEALED.inc(len(rows))
    return len(rows)


def seal_rows(cursor: Any, rows: Sequence[InboxRow]) -> None:
    chains = read_chains(cursor, map(UUID, {row[1] for row in rows}))
    _move(rows, {str(organization_id): chain for organization_id, chain in chains.items()})
    advance_heads(list(chains.values()))
    extend_tiles(cursor, chains.values())


def read_chains(cursor: Any, organizations: Iterable[UUID]) -> dict[UUID, Chain]:
    """The newest epoch of each chain; chains that do not exist yet are opened."""
    wanted = list(organizations)
    with driver_cursor("sequencer") as driver:
        heads = driver.execute(READ_HEADS, [_array(wanted)], binary=True).fetchall()
    chains = {
        organization_id: Chain(
            organization_id, epoch, seq, last, microseconds(sealed_at), CompactRange(seq, peaks), kept
        )
        for organization_id, epoch, seq, last, sealed_at, peaks, kept in heads
    }
    fresh = [organization_id for organization_id in wanted if organization_id not in chains]
    if fresh:
        roots = [hashing.genesis(organization_id, 1) for organization_id in fresh]
        cursor.execute(OPEN_CHAINS, [hashing.NO_PARENT, fresh, roots])
    for organization_id in fresh:
        first = hashing.genesis(organization_id, 1)
        chains[organization_id] = Chain(organization_id, 1, 0, first, 0, CompactRange())
    return chains


def _move(rows: Sequence[InboxRow], chains: Mapping[str, Chain]) -> None:
    now_us = microseconds(datetime.now(UTC))
    links: list[tuple[int, int, int, int, str]] = []
    hashes: list[bytes] = []
    for row_id, organization_id, event_type, document in rows:
        chain = chains[organization_id]
        kept = chain.class_of(event_type, document) if event_type in STRUCTURAL else chain.retention_class
        leaf, previous = leaf_hash(document), chain.hash
        chain.append(leaf, now_us)
        hashes += (leaf, previous, chain.hash)
        links.append((row_id, chain.epoch, chain.seq, chain.sealed_us, kept))
    columns = _columns(("id", "epoch", "seq", "sealed_us", "class"), links)
    ends = {"first": rows[0][0], "last": rows[-1][0], "hashes": b"".join(hashes)}
    with driver_cursor("sequencer") as cursor:
        cursor.execute(MOVE, columns | ends)
        _expect(cursor, len(links))


def _columns(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """The rows turned into one array literal for each column."""
    return {name: _array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _array(values: Iterable[Any]) -> str:
    """An array literal; the values are numbers, identifiers and names of classes, which need no quoting."""
    return "{" + ",".join(map(str, values)) + "}"


def advance_heads(chains: Sequence[Chain]) -> None:
    rows, blocks, start = [], [], 1
    for c in chains:
        rows.append(
            (c.organization_id, c.epoch, c.started_at, c.seq, c.sealed_us, c.retention_class, len(c.tree.peaks), start)
        )
        blocks += [c.hash, *c.tree.peaks]
        start += 32 * (len(c.tree.peaks) + 1)
    names = ("org_id", "epoch", "old_seq", "seq", "sealed_us", "class", "peaks", "start")
    with driver_cursor("sequencer") as cursor:
        cursor.execute(ADVANCE, _columns(names, rows) | {"blocks": b"".join(blocks)})
        _expect(cursor, len(chains))


def extend_tiles(cursor: Any, chains: Iterable[Chain]) -> None:
    """Hashes of completed subtrees; several of one tile are joined, since a statement may touch a row once."""
    pieces: dict[tuple[UUID, int, int, int], bytes] = {}
    for chain in chains:
        for level, index, subtree in chain.tree.finished:
            key = (chain.organization_id, chain.epoch, level, index // TILE_WIDTH)
            pieces[key] = pieces.get(key, b"") + subtree
    if pieces:
        columns = [
            list(column) for column in zip(*((*key, data) for key, data in pieces.items()), strict=True)
        ]
        cursor.execute(EXTEND_TILES, columns)


def _expect(cursor: Any, count: int) -> None:
    if cursor.rowcount != count:
        raise SequencerFenced(f"{cursor.rowcount} rows instead of {count}")


def seal_after_commit() -> None:
    """Inline mode: once after this transaction commits, whoever is there is the sequencer."""
    if settings.AUDIT_SEALING != "inline":
        return
    if not any(entry[1] is _seal_inline for entry in connection.run_on_commit):
        transaction.on_commit(_seal_inline, robust=True)


def _seal_inline() -> None:
    while seal_batch() == BATCH:
        pass
