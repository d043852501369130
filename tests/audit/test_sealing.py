"""The sequencer: one order, no forks, nothing lost, and nobody waits for it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from audit import sealing
from audit.actions import Action
from audit.models import AuditEvent, Head, SealedInteraction
from audit.sealing import SequencerFenced, seal_batch
from audit.services import await_seal, record, record_interaction
from audit.tree import root_of
from audit.verification import snapshot, verify_organization
from promptguard.core.caller import Caller
from promptguard.core.canonical import parse
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.audit.conftest import person
from tests.conftest import close_connections

ROOT = Path(__file__).parent.parent.parent
# Started processes read the product's own settings, from the environment that the tests prepared.
PRODUCT_SETTINGS = os.environ.get("TEST_PROCESS_SETTINGS", "promptguard.settings")


def findings(organization_id: UUID) -> set[str]:
    with snapshot():
        return verify_organization(organization_id).codes()


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    def guarded(number: int) -> object:
        try:
            return work(number)
        finally:
            close_connections()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(guarded, range(count)))


def append(caller: Caller, count: int) -> None:
    with organization_scope(caller.tenant):
        for number in range(count):
            record(Action.PROJECT_UPDATED, caller=caller, details={"number": number})


def test_numbers_are_contiguous_and_links_lead_back_to_the_genesis(caller: Caller) -> None:
    for _ in range(3):
        append(caller, 5)
    with organization_scope(caller.tenant):
        events = list(AuditEvent.objects.for_caller(caller).order_by("seq"))
        head = Head.objects.for_caller(caller).get()
    assert [event.seq for event in events] == list(range(1, 16))
    assert [event.prev_hash for event in events[1:]] == [event.hash for event in events[:-1]]
    assert (head.seq, head.hash) == (15, events[-1].hash)
    assert findings(caller.tenant) == set()


def test_what_was_committed_before_is_numbered_before(caller: Caller) -> None:
    """Across connections: if A was committed before B was inserted, then seq(A) < seq(B)."""
    receipts = []
    for _ in range(20):
        (receipt,) = in_threads(1, lambda _: record(Action.PROJECT_UPDATED, caller=caller))
        receipts.append(receipt.event_id)  # type: ignore[attr-defined]
    with organization_scope(caller.tenant):
        order = AuditEvent.objects.for_caller(caller).order_by("seq").values_list("event_id", flat=True)
        assert list(order) == receipts


def test_a_zombie_sequencer_is_fenced(caller: Caller, superuser: psycopg.Connection) -> None:
    """The head moved while a paused sequencer believed to hold the lock: its batch fails as a whole."""
    append(caller, 3)
    with (
        pytest.raises(SequencerFenced),
        platform_scope("sequencer"),
        connections["sequencer"].cursor() as cursor,
    ):
        chain = sealing.read_chains(cursor, [caller.tenant])[caller.tenant]
        superuser.execute("UPDATE audit_head SET seq = seq + 1 WHERE org_id = %s", [caller.tenant])
        chain.append(bytes(32), 0)
        sealing.advance_heads([chain])
    superuser.execute("UPDATE audit_head SET seq = seq - 1 WHERE org_id = %s", [caller.tenant])
    append(caller, 1)
    assert findings(caller.tenant) == set()


def test_the_clock_never_runs_backwards_in_a_chain(caller: Caller, superuser: psycopg.Connection) -> None:
    append(caller, 1)
    superuser.execute(
        "UPDATE audit_head SET sealed_at = now() + interval '1 hour' WHERE org_id = %s", [caller.tenant]
    )
    append(caller, 2)
    with organization_scope(caller.tenant):
        times = AuditEvent.objects.for_caller(caller).order_by("seq").values_list("sealed_at", flat=True)
        assert list(times) == sorted(set(times))


def test_interactions_are_sealed_by_batch(caller: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SEALING = "sequencer"
    leaves = {uuid4(): os.urandom(32) for _ in range(5)}
    with organization_scope(caller.tenant):
        for interaction_id, leaf in leaves.items():
            record_interaction(organization_id=caller.tenant, interaction_id=interaction_id, leaf_hash=leaf)
    seal_batch()
    with organization_scope(caller.tenant):
        event = AuditEvent.objects.for_caller(caller).get()
        places = SealedInteraction.objects.for_caller(caller).order_by("position")
        assert [place.interaction_id for place in places] == list(leaves)
        assert {place.event_id for place in places} == {event.event_id}
    said = parse(bytes(event.canonical))["pub"]["details"]
    first, *_, last = map(str, leaves)
    assert said == {"from": first, "to": last, "count": 5, "root": root_of(leaves.values()).hex()}
    assert findings(caller.tenant) == set()


def test_the_daemon_seals_and_stops_when_told(caller: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    """The real process: starts, seals what comes, ends cleanly on SIGTERM."""
    settings.AUDIT_SEALING = "sequencer"
    command = [
        sys.executable,
        "manage.py",
        "run_audit_sequencer",
        "--poll-milliseconds",
        "20",
        "--checkpoint-seconds",
        "0",
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": PRODUCT_SETTINGS}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline() == "sealing\n"
        assert await_seal(record(Action.PROJECT_CREATED, caller=caller), timeout_seconds=20) == 1
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0 and output == "stopped\n"


def test_the_command_can_run_once(caller: Caller, settings, capsys) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SEALING = "sequencer"
    append(caller, 2)
    thread = threading.Thread(
        target=lambda: (call_command("run_audit_sequencer", "--once"), close_connections())  # type: ignore[func-returns-value]
    )
    thread.start()
    thread.join(timeout=20)
    assert not thread.is_alive() and findings(caller.tenant) == set()
    with organization_scope(caller.tenant):
        assert Head.objects.for_caller(caller).get().seq == 2


def test_many_chains_grow_in_one_batch(database: str, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SEALING = "sequencer"
    callers = [person() for _ in range(20)]
    for round_number in range(3):
        for one in callers:
            append(one, round_number + 1)
        seal_batch()
    for one in callers:
        with organization_scope(one.tenant):
            assert Head.objects.for_caller(one).get().seq == 6
        assert findings(one.tenant) == set()
