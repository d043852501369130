"""G4, G5, G8, G10, G14: sealing a backlog, verifying, proving, and what recording costs a request."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
from django.db import connection

from audit import promptguard_verify
from audit.actions import Action
from audit.bundles import BundleWriter
from audit.services import record
from audit.tiles import TreeReader
from audit.tree import inclusion_proof, leaf, root_from_inclusion
from audit.verification import snapshot, verify_organization
from audit.verification.sql import verify_in_database
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.core.canonical import canonical, encoded
from promptguard.core.database import driver_cursor
from promptguard.core.tenancy import organization_scope, platform_scope
from tests import servers
from tests.bench.audit_goals import DATABASE, PAYLOAD, Goal, drain, event, timed


def seal_goals(organization_id: UUID, count: int) -> Iterator[Goal]:
    many = [uuid4() for _ in range(1000)]
    rates = {
        "1 organization": drain([organization_id], count),
        "1000 organizations": drain(many, min(count, 100_000)),
    }
    beside = f"{_copy_rate(organization_id):,.0f}/s INSERT … SELECT of finished rows, no index"
    for where, rate in rates.items():
        yield Goal(
            "G4", f"sealing a backlog, {where}", rate, 40_000, "events/s", at_least=True, baseline=beside
        )


def _copy_rate(organization_id: UUID) -> float:
    """Finished rows from one table into another of the same shape: what the server can do at all."""
    with servers.superuser(DATABASE) as session:
        session.execute("CREATE TABLE bench_copy (LIKE audit_event)")
        statement = "INSERT INTO bench_copy SELECT * FROM audit_event WHERE org_id = %s"
        seconds, done = timed(lambda: session.execute(statement, [organization_id]))
        session.execute("DROP TABLE bench_copy")
    return float(done.rowcount / seconds)


def verify_goals(organization_id: UUID, count: int, folder: Path) -> Iterator[Goal]:
    bundle = folder / "bundle.zip"
    with snapshot():
        cpu = time.process_time()
        seconds, report = timed(lambda: verify_organization(organization_id))
        cpu = (time.process_time() - cpu) / count * 1e6
        assert report.exit_code() == 0 and report.counts["events"] == count, report.as_dict()
        beside = f"{cpu:.1f} us of CPU in the client"
        yield Goal(
            "G5", "verify, stream", count / seconds, 150_000, "events/s", at_least=True, baseline=beside
        )
        yield Goal("G5", "verify 1,000,000 events, from that rate", seconds / count * 1e6, 8, "s")
        with connection.cursor() as cursor:
            seconds, report = timed(lambda: verify_in_database(cursor, organization_id))
        assert report.exit_code() == 0
        yield Goal("G5", "verify, sql", count / seconds, 350_000, "events/s", at_least=True)
        BundleWriter(organization_id, bundle).write()
    seconds, peak = _offline(bundle)
    size = f"bundle of {bundle.stat().st_size / count:.0f} bytes/event"
    yield Goal(
        "G5",
        "verify, offline from the file",
        count / seconds,
        300_000,
        "events/s",
        at_least=True,
        baseline=size,
    )
    yield Goal("G5", "memory of the offline verifier", peak, 64, "MB", baseline=f"{count:,} events")


def _offline(bundle: Path) -> tuple[float, float]:
    """Seconds, and megabytes at the highest; asked of the process while it runs, for a fork inherits our own peak."""
    command = [sys.executable, "-I", "-S", promptguard_verify.__file__, str(bundle), "--json"]
    started, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        peak = max([peak, *(int(each) / 1024 for each in peaks)]) if "python" in status else peak
        time.sleep(0.02)
    assert process.wait() == 0
    return time.perf_counter() - started, peak


class Counting:
    """A cursor that counts what was asked."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self.cursor, self.reads = cursor, 0

    def execute(self, *arguments: object) -> None:
        self.reads += 1
        self.cursor.execute(*arguments)  # type: ignore[call-overload]

    def __getattr__(self, name: str) -> object:
        return getattr(self.cursor, name)


def proof_goals(organization_id: UUID, count: int) -> Iterator[Goal]:
    walls, cpus, reads, path = [], [], [], []
    index, size = count // 3, count
    with platform_scope(), driver_cursor() as cursor:
        for at in [*range(0, count, max(count // 50, 1)), index]:
            counting = Counting(cursor)
            started, cpu = time.perf_counter(), time.process_time()
            path = inclusion_proof(TreeReader(counting, organization_id, 1).subtree, at, size)
            cpus.append((time.process_time() - cpu) * 1e3)
            walls.append((time.perf_counter() - started) * 1e3)
            reads.append(counting.reads)
        cursor.execute(
            "SELECT hash FROM audit_event WHERE org_id = %s AND seq = %s", [organization_id, index + 1]
        )
        (link,) = cursor.fetchone() or (b"",)
    beside = f"{statistics.median(walls):.1f} ms with the server's part"
    yield Goal("G10", f"inclusion proof of {size:,}, CPU", statistics.median(cpus), 1, "ms", baseline=beside)
    yield Goal("G10", "reads for it", max(reads), 5, "")
    yield Goal("G10", "its size", len(path) * 32, 700, "bytes", baseline=f"{len(path)} hashes")
    seconds, _ = timed(lambda: [root_from_inclusion(index, size, leaf(link), path) for _ in range(1000)])
    yield Goal("G10", "checking it", seconds * 1e3, 50, "us")


def small_goals() -> Iterator[Goal]:
    document = json.loads(event(uuid4()).canonical())
    plain, _ = timed(lambda: [orjson.dumps(document) for _ in range(20_000)])
    fast, _ = timed(lambda: [encoded(document) for _ in range(20_000)])
    whole, _ = timed(lambda: [canonical(document) for _ in range(20_000)])
    beside = f"{whole / 20_000 * 1e6:.2f} us with all checks, orjson alone {plain / 20_000 * 1e6:.2f} us"
    yield Goal("G8", "canonical form", fast / 20_000 * 1e6, 1, "us", baseline=beside)
    person = Caller(
        uuid4(), Actor(ActorType.USER, uuid4(), Via.SESSION), origin=Origin("203.0.113.9", "curl", "r-1")
    )
    system = Caller(person.organization_id, Actor(ActorType.SYSTEM, None, Via.SYSTEM))
    for name, who in (("with an encrypted private part", person), ("without", system)):
        for _ in range(
            10
        ):  # a process that has been asked before: it knows the person, and the database the statements
            record(Action.PROJECT_UPDATED, caller=who)
        with organization_scope(person.tenant), connection.cursor() as cursor:
            spent = _processor(lambda: record(Action.PROJECT_UPDATED, caller=who, details=PAYLOAD["details"]))  # noqa: B023
            asked = _processor(lambda: cursor.execute("SELECT 1"))
        yield Goal("G14", f"record(), {name}, CPU", spent, 150, "us", baseline=f"SELECT 1: {asked:.0f} us")


def _processor(work: object, times: int = 2000) -> float:
    """Microseconds of CPU in this process for each call."""
    started = time.process_time()
    for _ in range(times):
        work()  # type: ignore[operator]
    return (time.process_time() - started) / times * 1e6
