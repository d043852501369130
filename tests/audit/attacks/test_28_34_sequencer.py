"""Rows 28 to 34: faults, not attacks. Nothing is lost, nothing forks, nobody waits, and the chain stays clean."""

import io
import os
import resource
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, connections

from audit import anchors, checkpoints, sealing
from audit.actions import Action
from audit.envelope import INBOX_COLUMNS
from audit.interactions import system_event
from audit.models import AuditEvent, Head, InboxEvent
from audit.sealing import seal_batch
from audit.services import record
from promptguard.core.canonical import parse
from promptguard.core.tenancy import organization_scope
from tests import servers
from tests.audit.adversary import Adversary
from tests.audit.attacks.scene import CLEAN, EVENTS, Scene, seal_everything
from tests.conftest import close_connections

# From Python 3.12 on, forking beside the test runner's own threads is warned about; the children use none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
FORK = get_context("fork")
MEGABYTE = 1 << 20


def sealed_numbers(scene: Scene) -> list[int]:
    with organization_scope(scene.org):
        rows = AuditEvent.objects.for_caller(scene.caller).order_by("seq").values_list("canonical", flat=True)
        return [parse(bytes(row))["pub"]["details"]["number"] for row in rows]


def test_28_a_sequencer_stopped_for_longer_than_its_lock(scene: Scene, superuser: psycopg.Connection) -> None:
    """A real process is paused in the middle of its batch, loses its connection, and goes on when others have sealed."""
    scene.write(65, 70)
    connections.close_all()
    paused = FORK.Process(target=seal_and_stop_before_the_heads)
    paused.start()
    assert paused.pid is not None
    assert os.WIFSTOPPED(os.waitpid(paused.pid, os.WUNTRACED)[1])
    assert seal_batch() == 0  # while the lock is held, whoever else tries stands back
    superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
        [sealing.SEQUENCER_LOCK & 0xFFFFFFFF],
    )
    until(lambda: seal_batch() > 0)
    os.kill(paused.pid, signal.SIGCONT)
    paused.join(20)
    assert paused.exitcode == 3
    assert sealed_numbers(scene) == list(range(1, 71))
    assert scene.verdicts() == CLEAN


def seal_and_stop_before_the_heads() -> None:
    original = sealing.advance_heads

    def pause_first(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)
        original(*arguments)  # type: ignore[arg-type]

    sealing.advance_heads = pause_first  # type: ignore[assignment]
    try:
        seal_batch()
    except DatabaseError:
        os._exit(3)
    os._exit(0)


def until(happened: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if happened():
            return
    raise AssertionError("it did not happen")


def test_29_writers_race_for_an_empty_organization(scene: Scene) -> None:
    """The genesis race: every event is in the chain once, each writer's own events in their order."""
    empty = Scene(scene.caller.within(uuid4()), scene.anchors, scene.folder)

    def write(number: int) -> None:
        for count in range(4):
            record(Action.PROJECT_UPDATED, caller=empty.caller, details={"number": number * 10 + count})
        seal_batch()
        close_connections()

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(write, range(32)))
    seal_everything()
    said = sealed_numbers(empty)
    assert sorted(said) == sorted(number * 10 + count for number in range(32) for count in range(4))
    for number in range(32):
        assert [one % 10 for one in said if one // 10 == number] == list(range(4))
    assert empty.verdicts() == CLEAN


CRASHES = {
    "while sealing, after the move": (sealing, "_move"),
    "while sealing, after the heads": (sealing, "advance_heads"),
    "while sealing, after the tiles": (sealing, "extend_tiles"),
    "between seal and checkpoint": (checkpoints, "current_key"),
    "while signing, before the commit": (checkpoints, "_extend_global_log"),
    "between checkpoint and anchor": (anchors, "_publish"),
    "between the anchor and its receipt": (anchors, "_settle"),
}


@pytest.mark.parametrize("moment", CRASHES)
def test_30_a_crash_leaves_everything_to_the_next(
    moment: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is one transaction, or is repeated harmlessly by the successor."""
    module, name = CRASHES[moment]
    original = getattr(module, name)

    def die(*arguments: object) -> None:
        original(*arguments)
        raise KeyboardInterrupt

    scene.write(65, 70)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(module, name, die)
        seal_batch()
        scene.sign("file")
    seal_everything()
    scene.sign("file")
    scene.append(71, 75)
    scene.sign("file")
    assert sealed_numbers(scene) == list(range(1, 76))
    assert scene.verdicts() == CLEAN


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of the sequencer's own backend may grow beyond 16 MB, the size of a WAL segment.

    PostgreSQL ignores SIGXFSZ so that this looks like a disk without space; other backends do not notice.
    """
    with connections["sequencer"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    limiter = FORK.Process(target=limit_file_size, args=(pid,))
    limiter.start()
    limiter.join(20)
    assert limiter.exitcode == 0
    try:
        yield
    finally:
        connections["sequencer"].close()


def limit_file_size(pid: int) -> None:
    """As the server's own user, who may limit its processes."""
    owner = Path(f"/proc/{pid}").stat()
    if os.geteuid() == 0 != owner.st_uid:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (16 * MEGABYTE, resource.RLIM_INFINITY))
    os._exit(0)


def fill_inbox(adversary: Adversary, scene: Scene, count: int, filling: Callable[[], str] = str) -> None:
    """Events of the organization, as many requests would have left them."""
    written = io.StringIO()
    for number in range(EVENTS + 1, EVENTS + count + 1):
        details = {"details": {"number": number, "text": filling()}}
        row = system_event(scene.org, Action.PROJECT_UPDATED, details).inbox_row()
        written.write("\t".join(cell(value) for value in row) + "\n")
    with (
        adversary.session.cursor() as cursor,
        cursor.copy(f"COPY audit_inbox ({INBOX_COLUMNS}) FROM STDIN") as rows,
    ):
        rows.write(written.getvalue())


def cell(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return "{}" if value == [] else str(value)


def test_31_a_full_disk_loses_nothing(scene: Scene, adversary: Adversary) -> None:
    """Twenty-four events of a megabyte do not fit; they wait in the inbox until there is space."""
    fill_inbox(adversary, scene, 24, lambda: os.urandom(MEGABYTE // 2).hex())
    with full_disk(), pytest.raises(DatabaseError, match="could not extend file"):
        seal_batch()
    with organization_scope(scene.org):
        assert InboxEvent.objects.for_caller(scene.caller).count() == 24
        assert Head.objects.for_caller(scene.caller).get().seq == EVENTS
    seal_everything()
    assert sealed_numbers(scene) == list(range(1, EVENTS + 25))
    assert scene.verdicts() == CLEAN


@pytest.mark.parametrize(
    "depth", [pytest.param(12_000, id="short"), pytest.param(1_000_000, id="long", marks=pytest.mark.drill)]
)
def test_31_a_deep_inbox_is_worked_off_in_order(depth: int, scene: Scene, adversary: Adversary) -> None:
    for first in range(0, depth, 50_000):
        fill_inbox(adversary, scene, min(50_000, depth - first))
    seal_everything()
    with organization_scope(scene.org):
        assert Head.objects.for_caller(scene.caller).get().seq == EVENTS + depth
    assert scene.verdicts() == CLEAN


def test_32_a_long_open_transaction_delays_nobody(scene: Scene, adversary: Adversary) -> None:
    """A writer that does not commit neither stalls the others nor appears."""
    with servers.superuser(connection.settings_dict["NAME"]) as other:
        other.autocommit = False
        row = system_event(scene.org, Action.PROJECT_UPDATED, {"details": {"number": 0}}).inbox_row()
        other.execute("CREATE TEMP TABLE busy AS SELECT 1")
        marks = "%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s"
        other.execute(f"INSERT INTO audit_inbox ({INBOX_COLUMNS}) VALUES ({marks})", row)
        scene.append(65, 70)
        assert sealed_numbers(scene) == list(range(1, 71))
        other.commit()
    seal_everything()
    assert sealed_numbers(scene) == [*range(1, 71), 0]
    assert scene.verdicts() == CLEAN


def test_33_a_second_connection_of_the_same_request_does_not_hang(scene: Scene) -> None:
    """The chain takes no lock that a request could wait for, not even for the first event of a person."""
    with organization_scope(scene.org), ThreadPoolExecutor(1) as pool:
        record(Action.PROJECT_UPDATED, caller=scene.caller, details={"number": 65})

        def write() -> None:
            record(Action.PROJECT_UPDATED, caller=scene.caller, details={"number": 66})
            close_connections()

        pool.submit(write).result(timeout=20)
    seal_everything()
    assert sealed_numbers(scene) == list(range(1, 67))
    assert scene.verdicts() == CLEAN


def test_34_no_event_without_its_change(scene: Scene) -> None:
    with pytest.raises(ZeroDivisionError), organization_scope(scene.org):
        record(Action.PROJECT_UPDATED, caller=scene.caller, details={"number": 65})
        raise ZeroDivisionError
    scene.append(66, 66)
    assert sealed_numbers(scene) == [*range(1, 65), 66]
    assert scene.verdicts() == CLEAN
