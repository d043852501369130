"""G1, G2, G3, G13: what sealing costs those who write, and how soon it follows."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, connections

from audit import sealing
from audit.envelope import INBOX_COLUMNS
from promptguard.core.tenancy import organization_scope, platform_scope
from tests import servers
from tests.bench.audit_goals import DATABASE, FORK, Goal, drain_rest, event, percentile, timed
from tests.conftest import close_connections

VALUES = "VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)"
# Room in a table's file is everybody's; all other locks would be a request waiting for the log.
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE usename = 'promptguard_app' AND wait_event_type = 'Lock' AND wait_event <> 'extend'
"""
COPIES = """
INSERT INTO {table} (event_id, org_id, occurred_at, event_type, actor_ref, target_refs, outcome, severity, canonical, leaf_hash)
SELECT gen_random_uuid(), %s, now(), 'project.updated', '', '{{}}', 'success', 'notice', %s, sha256('x') FROM generate_series(1, %s)
"""


def write(table: str, organizations: list[UUID], seconds: float, pause: float, results: Any) -> None:
    """One writer: events of random organizations, each in a transaction of its own."""
    latencies = []
    statement = f"INSERT INTO {table} ({INBOX_COLUMNS}) {VALUES}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('promptguard.all_organizations', 'on', false)")
        ends = time.perf_counter() + seconds
        while (started := time.perf_counter()) < ends:
            chosen = organizations[int(started * 1e6) % len(organizations)]
            cursor.execute(statement, event(chosen).inbox_row())
            latencies.append(time.perf_counter() - started)
            if pause:
                time.sleep(pause)
    results.put(latencies)
    close_connections()


def written(
    table: str, count: int, organizations: list[UUID], seconds: float, pause: float = 0
) -> list[float]:
    """The latencies of all writers."""
    results = FORK.Queue()
    close_connections()
    arguments = (table, organizations, seconds, pause, results)
    crew = [FORK.Process(target=write, args=arguments) for _ in range(count)]
    for each in crew:
        each.start()
    latencies = [latency for _ in crew for latency in results.get()]
    for each in crew:
        each.join()
    return latencies


def seal_until(stop: Any, lags: Any, poll_seconds: float) -> None:
    """The sequencer, and how long the events of each batch had waited when it was committed."""
    found = []
    while not stop.is_set():
        with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM clock_timestamp() - occurred_at)::float FROM audit_inbox ORDER BY id LIMIT %s",
                [sealing.BATCH],
            )
            waiting = [lag for (lag,) in cursor.fetchall()]
        started = time.perf_counter()
        sealed = sealing.seal_batch()
        if sealed:
            found += [lag + time.perf_counter() - started for lag in waiting]
        if sealed < sealing.BATCH:
            time.sleep(poll_seconds)
    lags.put(found)
    close_connections()


def look_for_waits(stop: Any, seen: Any) -> None:
    """How often any request waited for a lock, and how often was looked."""
    waits = looks = 0
    with servers.superuser(DATABASE) as session:
        while not stop.is_set():
            row = session.execute(WAITING).fetchone()
            waits, looks = waits + (row[0] if row else 0), looks + 1
            time.sleep(0.02)
    seen.put((waits, looks))


class Sealed:
    """Writers beside a sequencer: their latencies, the seal lags, and requests seen waiting for a lock."""

    def __init__(
        self, count: int, organizations: list[UUID], seconds: float, poll: float = 0.05, pause: float = 0
    ) -> None:
        stop, lags, waits = FORK.Event(), FORK.Queue(), FORK.Queue()
        close_connections()
        others = [
            FORK.Process(target=seal_until, args=(stop, lags, poll)),
            FORK.Process(target=look_for_waits, args=(stop, waits)),
        ]
        for each in others:
            each.start()
        self.latencies = written("audit_inbox", count, organizations, seconds, pause)
        stop.set()
        self.lags, (self.waits, self.looks) = lags.get(), waits.get()
        for each in others:
            each.join()
        drain_rest()


def append_goals(seconds: float) -> Iterator[Goal]:
    """Plain and sealed runs take turns, so that what else the machine does meets both."""
    waits = looks = 0
    for organizations in ([uuid4()], [uuid4() for _ in range(1000)]):
        for count in (1, 8, 32):
            plain: list[float] = []
            sealed: list[float] = []
            lags: list[float] = []
            for _ in range(2):
                plain += written("bench_plain", count, organizations, seconds)
                run = Sealed(count, organizations, seconds)
                sealed, lags, waits, looks = (
                    sealed + run.latencies,
                    lags + run.lags,
                    waits + run.waits,
                    looks + run.looks,
                )
            where = f"{count} writers, {len(organizations)} organizations"
            rates = f"{len(sealed) / seconds / 2:,.0f}/s of {len(plain) / seconds / 2:,.0f}/s plain INSERT"
            yield Goal(
                "G1", f"append, {where}", len(sealed) / len(plain), 0.90, "x", at_least=True, baseline=rates
            )
            p99, plain99 = percentile(sealed, 0.99), percentile(plain, 0.99)
            beside = f"{p99 * 1e3:.1f} ms beside {plain99 * 1e3:.1f} ms"
            yield Goal("G2", f"append p99, {where}", p99 / plain99, 1.5, "x", baseline=beside)
            if count == 32:
                lag = percentile(lags, 0.99) * 1e3
                yield Goal(
                    "G3",
                    f"seal lag p99 at saturation, {where}",
                    lag,
                    1500,
                    "ms",
                    baseline=f"p50 {percentile(lags, 0.5) * 1e3:.0f} ms",
                )
    yield Goal("G2", "requests seen waiting for a lock", waits, 0, "", baseline=f"{looks} looks")


def lag_goals(seconds: float) -> Iterator[Goal]:
    for poll, limit in ((0.05, 150), (0.2, 300)):
        run = Sealed(8, [uuid4() for _ in range(1000)], seconds * 2, poll, pause=0.02)
        beside = (
            f"p50 {percentile(run.lags, 0.5) * 1e3:.0f} ms, {len(run.latencies) / seconds / 2:,.0f} events/s"
        )
        yield Goal(
            "G3",
            f"seal lag p99, poll {poll * 1e3:.0f} ms",
            percentile(run.lags, 0.99) * 1e3,
            limit,
            "ms",
            baseline=beside,
        )


def protection_goal(count: int = 20_000) -> Goal:
    """Row-level security, triggers and roles: the same rows into the inbox and into a bare copy of it."""
    organization_id = uuid4()
    found: dict[str, float] = {}
    for table in ("bench_plain", "audit_inbox") * 3:
        with organization_scope(organization_id), connection.cursor() as cursor:
            values: list[Any] = [organization_id, event(organization_id).canonical(), count]
            seconds, _ = timed(lambda: cursor.execute(COPIES.format(table=table), values))  # noqa: B023
        found[table] = min(found.get(table, 9e9), seconds / count * 1e6)
    with servers.superuser(DATABASE) as session:
        session.execute("DELETE FROM audit_inbox WHERE org_id = %s", [organization_id])
    beside = f"{found['audit_inbox']:.1f} us beside {found['bench_plain']:.1f} us"
    return Goal(
        "G13",
        "protection of the inbox, each event",
        found["audit_inbox"] - found["bench_plain"],
        5,
        "us",
        baseline=beside,
    )
