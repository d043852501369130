"""The chain's numbers, as ratios within one run: `python -m tests.bench.bench_audit [seconds] [events]`.

Appending against a plain INSERT of the same row, seal lag, sealing against COPY, verifying against the database's
own speed, the offline verifier, proofs and the canonical form. Goals G1 to G14 of the design stand beside.
"""

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, connections

from audit import promptguard_verify, sealing
from audit.actions import Action
from audit.bundles import BundleWriter
from audit.envelope import INBOX_COLUMNS, Envelope
from audit.interactions import system_event
from audit.services import record
from audit.tiles import TreeReader
from audit.tree import inclusion_proof, leaf, root_from_inclusion
from audit.verification import snapshot, verify_organization
from audit.verification.sql import verify_in_database
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.core.canonical import canonical
from promptguard.core.tenancy import organization_scope, platform_scope
from tests import servers
from tests.conftest import close_connections, use_database

DATABASE = "bench_audit"
VALUES = "VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)"
PAYLOAD = {"details": {"name": "Support assistant", "mode": "block", "note": "x" * 120}}
FORK = multiprocessing.get_context("fork")


def event(organization_id: UUID) -> Envelope:
    return system_event(organization_id, Action.PROJECT_UPDATED, PAYLOAD)


def write(table: str, organizations: list[UUID], seconds: float, results: Any) -> None:
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
    results.put(latencies)
    close_connections()


def writers(table: str, count: int, organizations: list[UUID], seconds: float) -> tuple[float, list[float]]:
    results = FORK.Queue()
    close_connections()
    crew = [FORK.Process(target=write, args=(table, organizations, seconds, results)) for _ in range(count)]
    for each in crew:
        each.start()
    latencies = [latency for _ in crew for latency in results.get()]
    for each in crew:
        each.join()
    return len(latencies) / seconds, latencies


def seal_until(stop: Any, lags: Any, poll_seconds: float) -> None:
    """The sequencer, and how long each batch's oldest event had waited."""
    found = []
    while not stop.is_set():
        with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM clock_timestamp() - occurred_at)::float FROM audit_inbox ORDER BY id LIMIT 5000"
            )
            waiting = [lag for (lag,) in cursor.fetchall()]
        started = time.perf_counter()
        if sealing.seal_batch():
            found += [lag + time.perf_counter() - started for lag in waiting]
        else:
            time.sleep(poll_seconds)
    lags.put(found)
    close_connections()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def append_rates(seconds: float) -> None:
    print("\nG1-G3  append, sealing on: events/s, ratio to a plain INSERT, p99 ratio, seal lag at 50 ms poll")
    for organizations in ([uuid4()], [uuid4() for _ in range(1000)]):
        for count in (1, 8, 32):
            plain, plain_latencies = writers("bench_plain", count, organizations, seconds)
            stop, lags = FORK.Event(), FORK.Queue()
            close_connections()
            sequencer = FORK.Process(target=seal_until, args=(stop, lags, 0.05))
            sequencer.start()
            rate, latencies = writers("audit_inbox", count, organizations, seconds)
            stop.set()
            lag = lags.get()
            sequencer.join()
            while sealing.seal_batch():
                pass
            ratio99 = percentile(latencies, 0.99) / percentile(plain_latencies, 0.99)
            print(
                f"  {count:>2} writers, {len(organizations):>4} orgs: {rate:7,.0f}/s of {plain:7,.0f}/s = {rate / plain:.2f}"
                f"   p99 x {ratio99:.2f}   lag p50 {percentile(lag, 0.5) * 1e3:5.0f} ms, p99 {percentile(lag, 0.99) * 1e3:5.0f} ms"
            )


def fill_inbox(organizations: list[UUID], count: int) -> None:
    """As many waiting events as asked for, by COPY."""
    statement = f"COPY audit_inbox ({INBOX_COLUMNS}) FROM STDIN"
    with servers.superuser(DATABASE) as session, session.cursor() as cursor, cursor.copy(statement) as copy:
        for number in range(count):
            copy.write_row(event(organizations[number % len(organizations)]).inbox_row())


def drain(organizations: list[UUID], count: int) -> float:
    fill_inbox(organizations, count)
    started = time.perf_counter()
    while sealing.seal_batch():
        pass
    return count / (time.perf_counter() - started)


def copy_rate(organization_id: UUID) -> float:
    """Finished rows from one table into another of the same shape: what the server can do at all."""
    with servers.superuser(DATABASE) as session:
        session.execute("CREATE TABLE bench_copy (LIKE audit_event)")
        started = time.perf_counter()
        done = session.execute(
            "INSERT INTO bench_copy SELECT * FROM audit_event WHERE org_id = %s", [organization_id]
        )
        rate = done.rowcount / (time.perf_counter() - started)
        session.execute("DROP TABLE bench_copy")
    return rate


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def verification_rates(organization_id: UUID, count: int, folder: Path) -> None:
    print(f"\nG5  verify {count:,} events of one organization")
    with snapshot():
        cpu = time.process_time()
        seconds, report = timed(lambda: verify_organization(organization_id))
        cpu = (time.process_time() - cpu) / count * 1e6
        assert report.exit_code() == 0 and report.counts["events"] == count, report.as_dict()
        print(f"  stream                     {count / seconds:10,.0f}/s, {cpu:.1f} us of CPU in the client")
        with connection.cursor() as cursor:
            seconds, report = timed(lambda: verify_in_database(cursor, organization_id))
        assert report.exit_code() == 0
        print(f"  sql                        {count / seconds:10,.0f}/s")
        bundle = folder / "bundle.zip"
        seconds, _ = timed(lambda: BundleWriter(organization_id, bundle).write())
        print(
            f"  export of a bundle         {count / seconds:10,.0f}/s, {bundle.stat().st_size / count:.0f} bytes/event"
        )
    command = [sys.executable, "-I", "-S", promptguard_verify.__file__, str(bundle), "--json"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds, process.returncode = time.perf_counter() - started, os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    cpu = (usage.ru_utime + usage.ru_stime) / count * 1e6
    print(
        f"  offline, from the file     {count / seconds:10,.0f}/s, {cpu:.1f} us of CPU, peak {usage.ru_maxrss / 1024:.0f} MB"
    )


def small_things(organization_id: UUID, count: int) -> None:
    print("\nG8, G10, G14")
    document = json.loads(event(organization_id).canonical())
    seconds, _ = timed(lambda: [canonical(document) for _ in range(20_000)])
    print(f"  canonical form with its checks  {seconds / 20_000 * 1e6:.2f} us")
    with platform_scope(), connection.cursor() as cursor:

        def prove(index: int) -> list[bytes]:
            return inclusion_proof(TreeReader(cursor, organization_id, 1).subtree, index, count)

        times = [timed(lambda: prove(index))[0] for index in range(0, count, max(count // 50, 1))]  # noqa: B023
        index, size, path = count // 3, count, prove(count // 3)
        cursor.execute(
            "SELECT hash FROM audit_event WHERE org_id = %s AND seq = %s", [organization_id, index + 1]
        )
        link = bytes(cursor.fetchone()[0])
    seconds, _ = timed(lambda: [root_from_inclusion(index, size, leaf(link), path) for _ in range(1000)])
    print(
        f"  inclusion proof of {size:,}: {len(path)} hashes, {statistics.median(times) * 1e3:.2f} ms, verify {seconds * 1e3:.0f} us"
    )
    caller = Caller(
        uuid4(), Actor(ActorType.USER, uuid4(), Via.SESSION), origin=Origin("203.0.113.9", "curl", "r-1")
    )
    for name, who in (
        ("with a private part", caller),
        ("without", Caller(caller.organization_id, Actor(ActorType.SYSTEM, None, Via.SYSTEM))),
    ):
        with organization_scope(caller.tenant):
            record(Action.PROJECT_UPDATED, caller=who)
            started = time.process_time()
            for _ in range(1000):
                record(Action.PROJECT_UPDATED, caller=who, details=PAYLOAD["details"])
            print(f"  record(), {name}: {(time.process_time() - started) * 1e3:.0f} us of CPU in the request")


def main(seconds: float, count: int) -> None:
    from django.conf import settings

    settings.AUDIT_SEALING = "sequencer"
    servers.fresh_database(DATABASE, "template1")
    use_database(DATABASE)
    call_command("migrate", verbosity=0)
    with servers.superuser(DATABASE) as session:
        session.execute("CREATE TABLE bench_plain (LIKE audit_inbox INCLUDING ALL)")
        session.execute("GRANT INSERT ON bench_plain TO promptguard_app")
    print("load", os.getloadavg())
    append_rates(seconds)
    one = uuid4()
    print("\nG4  sealing a backlog")
    print(f"  one organization           {drain([one], count):10,.0f}/s")
    print(
        f"  1000 organizations         {drain([uuid4() for _ in range(1000)], min(count, 100_000)):10,.0f}/s"
    )
    print(f"  INSERT … SELECT of finished rows, no index  {copy_rate(one):10,.0f}/s")
    with TemporaryDirectory() as folder:
        verification_rates(one, count, Path(folder))
    small_things(one, count)


if __name__ == "__main__":
    arguments = [float(text) for text in sys.argv[1:]] + [3, 200_000][len(sys.argv) - 1 :]
    main(arguments[0], int(arguments[1]))
