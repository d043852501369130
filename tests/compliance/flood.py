"""A great many old rows, and writers who go on meanwhile: what a purge has to bear."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.core.management import call_command
from django.db import connection, connections

from audit.actions import Action
from audit.envelope import INBOX_COLUMNS
from audit.holds import set_retention
from audit.interactions import system_event
from audit.sealing import seal_batch
from audit.upkeep import publish
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard.engine import Content, Direction, Message
from promptguard.guard.services import Attribution, screen
from tests import servers
from tests.conftest import close_connections
from tests.people import Tenant, found_acme

# The connection that purges rows, and the one that drops partitions.
OURS = {"purge": "default", "prune": "sequencer"}
LOCKS = """
SELECT l.mode, l.granted, a.application_name, l.relation::regclass::text,
    extract(epoch FROM clock_timestamp() - l.waitstart)::float
FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.datname = %s AND a.pid <> pg_backend_pid()
"""
FORK = multiprocessing.get_context("fork")
LONG_AGO = datetime.now(UTC).replace(day=10, hour=12) - timedelta(days=100)

# As the guard writes them: the leaf is the hash of the very bytes that are stored.
OLD_INTERACTIONS = """
WITH made AS (
    SELECT lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || substr(replace(gen_random_uuid()::text, '-', ''), 14) AS hex, at
    FROM (SELECT %(from)s::timestamptz + n * interval '1 second' AS at FROM generate_series(1, %(count)s) n) AS times
), written AS (
    SELECT hex::uuid AS id, at, convert_to(format(
        '{"at":"%%s","decision":"allow","direction":"input","endpoint":"guard","id":"%%s","org":"%%s","policy":"p",'
        || '"private":"%%s","project":"%%s","threats":[],"v":1}', at, hex::uuid, %(org)s::text, encode(sha256(hex::bytea), 'hex'),
        %(project)s::text), 'UTF8') AS canonical FROM made
), hashed AS (
    SELECT id, at, canonical, sha256('\\x00'::bytea || canonical) AS leaf FROM written
), stored AS (
    INSERT INTO guard_interaction (id, organization_id, project_id, created_at, endpoint, direction, decision, is_flagged,
        threat_type, confidence, reason, model, policy_version, latency_ms, session_id, end_user, ip, content_mode,
        content, salt, canonical, leaf_hash)
    SELECT id, %(org)s::uuid, %(project)s::uuid, at, 'guard', 'input', 'allow', false, '', 0, '', '', 'p', 1, '', 'guest',
        NULL, 'redacted', sha256(canonical) || sha256(leaf), leaf, canonical, leaf FROM hashed RETURNING id, leaf_hash
)
INSERT INTO audit_interaction_inbox (org_id, interaction_id, leaf_hash) SELECT %(org)s::uuid, id, leaf_hash FROM stored
"""


def old_interactions(tenant: Tenant, count: int, chunk: int = 100_000) -> None:
    """Interactions of a hundred days ago, waiting to be sealed."""
    database = connections["default"].settings_dict["NAME"]
    place = {"org": str(tenant.organization.id), "project": str(tenant.project.id)}
    with servers.superuser(database) as session:
        for first in range(0, count, chunk):
            since = LONG_AGO + timedelta(seconds=first)
            session.execute(OLD_INTERACTIONS, place | {"from": since, "count": min(chunk, count - first)})
        session.execute("ANALYZE guard_interaction")


def old_acme(events: int) -> tuple[Tenant, str]:
    """Acme, founded a hundred days ago, with audit events of class 30d; and the name of their partition.

    Time never runs backwards inside a chain, so that all of it has to be old.
    """
    first = LONG_AGO.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    database, partition = connections["default"].settings_dict["NAME"], f"audit_event_30d_{first:%Y%m}"
    with servers.superuser(database) as session:
        session.execute(
            f"CREATE TABLE {partition} PARTITION OF audit_event_30d FOR VALUES FROM ('{first}') TO ('{following}');"
            f"ALTER TABLE {partition} OWNER TO promptguard_owner;"
            f"GRANT SELECT, INSERT ON {partition} TO promptguard_sequencer; GRANT SELECT ON {partition} TO promptguard_app"
        )
    with time_machine.travel(LONG_AGO, tick=True):
        tenant = found_acme()
        with organization_scope(tenant.organization.id):
            set_retention(caller=tenant.owner.caller, retention_class="30d")
        seal_everything()
        _fill_inbox(tenant, events)
        seal_everything()
    return tenant, partition


def _fill_inbox(tenant: Tenant, count: int) -> None:
    statement = f"COPY audit_inbox ({INBOX_COLUMNS}) FROM STDIN"
    with (
        servers.superuser(connections["default"].settings_dict["NAME"]) as session,
        session.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for number in range(count):
            event = system_event(
                tenant.organization.id, Action.PROJECT_UPDATED, {"details": {"number": number}}
            )
            copy.write_row(event.inbox_row())


def seal_everything() -> None:
    while seal_batch():
        pass


def _write(tenant: Tenant, counted: Any, stop: Any) -> None:
    """One writer: guard calls as the product makes them, each a transaction of its own."""
    close_connections()
    content = Content((Message("user", "What are the opening hours?"),), Direction.INPUT)
    while not stop.is_set():
        with organization_scope(tenant.organization.id):
            screen(
                caller=tenant.key_caller,
                project=tenant.project,
                content=content,
                attribution=Attribution("guard", end_user="guest"),
            )
        with counted.get_lock():
            counted.value += 1
    close_connections()


@dataclass
class LockSamples:
    """What `pg_locks` said: the most locks that each of ours held, tables locked exclusively, and how others waited."""

    most: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OURS, 0))
    exclusive: set[tuple[str, str]] = field(default_factory=set)
    taken: int = 0
    with_waiting: int = 0
    longest_wait_seconds: float = 0.0

    def add(self, rows: list[tuple[str, bool, str, str | None, float | None]]) -> None:
        self.taken += 1
        for name in OURS:
            held = [row for row in rows if row[2] == name and row[1]]
            self.most[name] = max(self.most[name], len(held))
            self.exclusive |= {
                (name, row[3] or "") for row in held if row[0] == "AccessExclusiveLock" and row[3]
            }
        waits = [row[4] or 0.0 for row in rows if not row[1]]
        self.with_waiting += bool(waits)
        self.longest_wait_seconds = max([self.longest_wait_seconds, *waits])


def _sample_locks(database: str, stop: Any, found: Any) -> None:
    """Every 50 ms."""
    samples = LockSamples()
    with servers.superuser(database) as session:
        while not stop.wait(0.05):
            samples.add(session.execute(LOCKS, [database]).fetchall())
    found.put(samples)


@contextmanager
def writers(tenant: Tenant, count: int) -> Iterator[Any]:
    """Processes that write, all through the block; yields a function: how many rows they have written."""
    counted, stop = FORK.Value("q", 0), FORK.Event()
    close_connections()
    crew = [FORK.Process(target=_write, args=(tenant, counted, stop)) for _ in range(count)]
    for each in crew:
        each.start()
    try:
        deadline = time.monotonic() + 60
        while not counted.value:
            assert time.monotonic() < deadline, "nobody writes"
            time.sleep(0.01)
        yield lambda: counted.value
    finally:
        stop.set()
        for each in crew:
            each.join()


@contextmanager
def sequencer() -> Iterator[None]:
    """Seals what the writers leave, like the process of that name."""
    stop = FORK.Event()
    close_connections()
    process = FORK.Process(target=_seal_until, args=(stop,))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


def _seal_until(stop: Any) -> None:
    close_connections()
    while not stop.wait(0.1):
        seal_everything()
    close_connections()


@contextmanager
def lock_samples() -> Iterator[Any]:
    """Samples `pg_locks` in a process of its own; yields a queue that gets the result after the block."""
    stop, found = FORK.Event(), FORK.Queue()
    close_connections()
    database = connections["default"].settings_dict["NAME"]
    process = FORK.Process(target=_sample_locks, args=(database, stop, found))
    process.start()
    try:
        yield found
    finally:
        stop.set()
        process.join()


def rate_over(count: Any, seconds: float) -> float:
    before, started = count(), time.monotonic()
    time.sleep(seconds)
    return (count() - before) / (time.monotonic() - started)


def name_connections() -> None:
    """So that the sampler knows ours from the writers'."""
    for name, alias in OURS.items():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [name])


def remaining(tenant: Tenant) -> int:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM guard_interaction WHERE organization_id = %s AND created_at < now() - interval '31 days'",
            [tenant.organization.id],
        )
        return int(cursor.fetchone()[0])


def verify(*options: str) -> None:
    """Every chain is whole, and somebody outside has seen it: nobody anchored events of a turned-back clock in time."""
    publish()
    call_command("verify_audit_chain", *options, verbosity=0)
