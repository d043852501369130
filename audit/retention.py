"""Letting events go when their time is over, by whole months, without leaving a hole that nobody can explain.

Held rows are copied aside, a chained `audit.pruned` event names each range with its boundary hashes, that is
signed and anchored first, and only then does the database drop the partition.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connections

from audit.actions import Action
from audit.anchors import configured_sinks, publish_anchors
from audit.archiving import archive_partition
from audit.checkpoints import sign_checkpoints
from audit.envelope import INBOX_COLUMNS
from audit.interactions import system_event
from audit.promptguard_verify import DAYS
from audit.sealing import microseconds, seal_batch
from audit.tiles import TreeReader
from audit.tree import fold
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)

PARTITION = re.compile(r"audit_event_([0-9a-z]+)_(\d{4})(\d{2})\Z")
LOCK_TIMEOUT = "3s"
SEAL_SECONDS, SEAL_POLL_SECONDS = 30.0, 0.05
PARTITIONS = "SELECT relid::regclass::text FROM pg_partition_tree('audit_event') WHERE isleaf"
# The month is in the partition's bounds already; said once more, it keeps the database from reading all the others.
LEAVING = """e.tableoid = %s::regclass AND e.retention_class = %s AND e.sealed_at >= %s AND e.sealed_at < %s"""
HOLD_ASIDE = f"""
INSERT INTO audit_event_held SELECT e.* FROM audit_event e
WHERE {LEAVING} AND e.org_id = ANY (ARRAY(SELECT org_id FROM legal_hold WHERE released_at IS NULL))
  AND audit_is_held(e.org_id, e.actor_ref, e.target_refs,
    ARRAY(SELECT p.subject_ref FROM audit_private p WHERE p.org_id = e.org_id AND p.event_id = e.event_id), e.sealed_at)
ON CONFLICT DO NOTHING
"""
# One pass in order, without a join: a fresh partition has no statistics, and a planner that guesses wrong is quadratic.
RANGES = f"""
WITH leaving AS (
    SELECT e.org_id, e.epoch, e.seq, e.prev_hash, e.hash, e.leaf_hash, e.sealed_at, e.retention_class,
           lag(e.seq) OVER neighbours IS DISTINCT FROM e.seq - 1 AS is_first,
           lead(e.seq) OVER neighbours IS DISTINCT FROM e.seq + 1 AS is_last
    FROM audit_event e
    WHERE {LEAVING} AND NOT EXISTS (
        SELECT 1 FROM audit_event_held h WHERE (h.org_id, h.epoch, h.seq) = (e.org_id, e.epoch, e.seq))
    WINDOW neighbours AS (PARTITION BY e.org_id, e.epoch ORDER BY e.seq)
), edges AS (
    SELECT *, CASE WHEN is_first THEN seq ELSE lag(seq) OVER chain END AS first,
           CASE WHEN is_first THEN prev_hash ELSE lag(prev_hash) OVER chain END AS before
    FROM leaving WHERE is_first OR is_last
    WINDOW chain AS (PARTITION BY org_id, epoch ORDER BY seq)
)
SELECT org_id, epoch, first, seq, before, hash, prev_hash, leaf_hash, sealed_at, retention_class
FROM edges WHERE is_last ORDER BY org_id, epoch, seq
"""
INSERT_EVENT = f"INSERT INTO audit_inbox ({INBOX_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)"
INSERT_PRUNE = """
INSERT INTO audit_prune (org_id, epoch, from_seq, to_seq, prev_hash, last_hash, tree_state, policy, event_seq)
SELECT %s, %s, %s, %s, %s, %s, %s::bytea[], %s, e.seq FROM audit_event e WHERE e.event_id = %s
ON CONFLICT (org_id, epoch, from_seq, to_seq) DO NOTHING
"""
ANNOUNCED = "SELECT org_id, epoch, from_seq, to_seq FROM audit_prune WHERE org_id = ANY(%s::uuid[])"


class AnnouncementUnsealed(RuntimeError):
    """What announces a removal was not sealed in time; nothing was removed, and the next run announces it anew."""


@dataclass(frozen=True, slots=True)
class Range:
    """A contiguous run of events that leave together, with what lets a verifier step over it."""

    organization_id: UUID
    epoch: int
    first: int
    last: int
    before: bytes
    link: bytes
    last_previous: bytes
    last_leaf: bytes
    last_sealed_at: datetime
    retention_class: str
    peaks: list[bytes]

    def described(self) -> dict[str, Any]:
        return {
            "epoch": self.epoch,
            "from": self.first,
            "to": self.last,
            "prev": self.before.hex(),
            "last": self.link.hex(),
            "root": fold(self.peaks).hex(),
            "last_prev": self.last_previous.hex(),
            "last_leaf": self.last_leaf.hex(),
            "last_sealed_us": microseconds(self.last_sealed_at),
        }


def due_partitions(today: datetime | None = None) -> list[str]:
    """The partitions whose youngest possible event is past its class's days, oldest first."""
    now = today or datetime.now(UTC)
    with connections["sequencer"].cursor() as cursor:
        cursor.execute(PARTITIONS)
        names = [name for (name,) in cursor.fetchall()]
    return sorted(name for name in names if (end := _kept_until(name)) is not None and end <= now)


def _kept_until(partition: str) -> datetime | None:
    found = PARTITION.match(partition)
    days = DAYS.get(found[1]) if found else None
    if found is None or days is None:
        return None
    return _month(found)[1] + timedelta(days=days)


def _month(named: re.Match[str]) -> tuple[datetime, datetime]:
    """Its first moment, and the next one's."""
    year, month = int(named[2]), int(named[3])
    return datetime(year, month, 1, tzinfo=UTC), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _leaving(partition: str) -> list[Any]:
    """The parameters of LEAVING; of what is no month's partition nothing leaves, and `audit_drop_partition` says so."""
    named = PARTITION.match(partition)
    return [partition, named[1], *_month(named)] if named else [partition, "", None, None]


def prune_partition(partition: str) -> int:
    """Let the events of one partition go, archived first where an archive is configured; the number dropped.

    May be run again after it was interrupted anywhere.

    Raises InternalError's family from the database when something in it is not yet due or under a fresh hold,
    OSError when it cannot be archived, and AnnouncementUnsealed.
    """
    archived = archive_partition(partition)
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(HOLD_ASIDE, _leaving(partition))
        ranges = _unannounced(cursor, _ranges(cursor, partition))
        events = _announce(cursor, partition, ranges, archived)
    _await_sealed(list(events.values()))
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        for one in ranges:
            place: list[Any] = [one.organization_id, one.epoch, one.first, one.last, one.before, one.link, one.peaks]
            cursor.execute(INSERT_PRUNE, [*place, one.retention_class, events[one.organization_id]])
    sinks = configured_sinks()
    for organization_id in events:
        sign_checkpoints(tuple(sinks), organization_id=organization_id, interval="0 seconds")
    publish_anchors(sinks)
    return _drop(partition)


def prune_due() -> dict[str, int]:
    """Prune every partition whose time is over; partition → events dropped. One that cannot go holds up no other."""
    dropped = {}
    for partition in due_partitions():
        try:
            dropped[partition] = prune_partition(partition)
        except (DatabaseError, OSError, AnnouncementUnsealed) as error:
            log.warning("audit_partition_kept", partition=partition, error=type(error).__name__)
            connections["sequencer"].close()
    return dropped


def _ranges(cursor: Any, partition: str) -> list[Range]:
    cursor.execute(RANGES, _leaving(partition))
    found = []
    readers: dict[tuple[UUID, int], TreeReader] = {}
    for organization_id, epoch, first, last, *hashes, sealed_at, kept in cursor.fetchall():
        place = (organization_id, epoch)
        reader = readers.setdefault(place, TreeReader(cursor, *place))
        before, link, last_previous, last_leaf = (bytes(each) for each in hashes)
        found.append(
            Range(organization_id, epoch, first, last, before, link, last_previous, last_leaf, sealed_at, kept,
                  reader.peaks(last))
        )  # fmt: skip
    return found


def _unannounced(cursor: Any, ranges: list[Range]) -> list[Range]:
    """Without those that a run before this one announced, and then was interrupted or stopped by a hold."""
    cursor.execute(ANNOUNCED, [list({one.organization_id for one in ranges})])
    known = set(cursor.fetchall())
    return [one for one in ranges if (one.organization_id, one.epoch, one.first, one.last) not in known]


def _announce(
    cursor: Any, partition: str, ranges: Iterable[Range], archived: Mapping[UUID, str]
) -> dict[UUID, UUID]:
    """One `audit.pruned` event for each organization; organization -> event id."""
    by_organization: dict[UUID, list[Range]] = defaultdict(list)
    for one in ranges:
        by_organization[one.organization_id].append(one)
    events = {}
    for organization_id, theirs in by_organization.items():
        details = {
            "class": theirs[0].retention_class,
            "partition": partition,
            "ranges": [one.described() for one in theirs],
        }
        if organization_id in archived:
            details["archive_sha256"] = archived[organization_id]
        event = system_event(organization_id, Action.AUDIT_PRUNED, {"details": details})
        cursor.execute(INSERT_EVENT, event.inbox_row())
        events[organization_id] = event.event_id
    return events


def _await_sealed(events: list[UUID]) -> None:
    """Seal them, or wait for the sequencer that is at it. Raises AnnouncementUnsealed."""
    deadline = time.monotonic() + SEAL_SECONDS
    while True:
        sealed = seal_batch()
        with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_event WHERE event_id = ANY(%s::uuid[])", [events])
            if cursor.fetchone()[0] == len(events):
                return
        if time.monotonic() > deadline:
            raise AnnouncementUnsealed("the sequencer does not get to the announcement of a removal")
        if not sealed:
            time.sleep(SEAL_POLL_SECONDS)


def _drop(partition: str) -> int:
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        # The drop waits for readers, and everybody else behind it: rather try again later.
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        cursor.execute("SELECT audit_drop_partition(%s)", [partition])
        dropped: int = cursor.fetchone()[0]
    return dropped


def ensure_partitions(months_ahead: int = 3) -> int:
    """Make the partitions of the coming months; the number made."""
    with connections["sequencer"].cursor() as cursor:
        cursor.execute("SELECT audit_ensure_partitions(%s)", [months_ahead])
        made: int = cursor.fetchone()[0]
    return made
