"""What leaves lawfully stays explainable: retention, legal hold, erasure, restore. And what only pretends to is convicted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, connections

from audit.actions import Action
from audit.anchors import configured_sinks, publish_anchors
from audit.checkpoints import sign_checkpoints
from audit.envelope import Target
from audit.erasure import Held, announce_erasure, carry_out_erasures
from audit.holds import place_hold, release_hold, set_retention
from audit.interactions import system_event
from audit.keys import current_key, revoke, rotate
from audit.models import AuditEvent, DataSubject, Head, HeldEvent, PrivatePart, Prune
from audit.restoring import declare_loss, find_losses
from audit.retention import INSERT_EVENT, INSERT_PRUNE, Range, due_partitions, prune_partition
from audit.sealing import seal_batch
from audit.selectors import personal_values
from audit.services import record
from audit.tiles import TreeReader
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Caller, command_caller, system_caller
from promptguard.core.errors import Conflict
from promptguard.core.tenancy import organization_scope, platform_scope
from tests import servers
from tests.audit.adversary import Adversary
from tests.audit.attacks.scene import run_offline
from tests.audit.conftest import person

PAST = datetime.now(UTC).replace(day=10) - timedelta(days=100)


@pytest.fixture(scope="module")
def folder(database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys live as long as the database that knows them."""
    return tmp_path_factory.mktemp("lawful")


@pytest.fixture(autouse=True)
def keys_and_anchors(folder: Path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_ANCHOR_FILE = str(folder / "keys"), str(folder / "anchors")


def user_of(caller: Caller) -> UUID:
    assert caller.actor.id is not None
    return caller.actor.id


def append(caller: Caller, count: int) -> None:
    with organization_scope(caller.tenant):
        for number in range(count):
            who = caller if number % 3 == 0 else system_caller(caller.tenant)
            record(Action.PROJECT_UPDATED, caller=who, details={"number": number})


def sign(caller: Caller) -> None:
    sinks = configured_sinks()
    sign_checkpoints(tuple(sinks), organization_id=caller.tenant, interval="0 seconds")
    publish_anchors(sinks)


def findings(caller: Caller, settings) -> set[str]:  # type: ignore[no-untyped-def]
    evidence = AnchorEvidence.from_file(settings.AUDIT_ANCHOR_FILE)
    with snapshot():
        return verify_organization(caller.tenant, evidence).codes()


@contextmanager
def months_ago(partition_class: str) -> Iterator[str]:
    """A hundred days ago, when the month had a partition; yields the partition's name."""
    first = PAST.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    name = f"audit_event_{partition_class}_{first:%Y%m}"
    database = connections["default"].settings_dict["NAME"]
    with psycopg.connect(servers.role_url("promptguard_owner", database), autocommit=True) as owner:
        owner.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF audit_event_{partition_class}"
            f" FOR VALUES FROM ('{first}') TO ('{following}')"
        )
    with time_machine.travel(PAST, tick=True):
        yield name


@pytest.fixture
def old_chain(caller: Caller) -> tuple[Caller, str]:
    """Events from a hundred days ago, kept for thirty; then some from today."""
    with months_ago("30d") as partition:
        with organization_scope(caller.tenant):
            set_retention(caller=caller, retention_class="30d")
        append(caller, 300)
        sign(caller)
    append(caller, 5)
    return caller, partition


def test_a_pruned_month_leaves_a_chain_that_verifies(old_chain: tuple[Caller, str], settings) -> None:  # type: ignore[no-untyped-def]
    caller, partition = old_chain
    assert partition in due_partitions()
    assert findings(caller, settings) == set()
    assert prune_partition(partition) >= 300
    with organization_scope(caller.tenant):
        assert AuditEvent.objects.for_caller(caller).filter(seq__lt=302).count() == 1  # what explains stays
        assert PrivatePart.objects.for_caller(caller).count() == 3  # of the events that are still there
    assert findings(caller, settings) == set()
    append(caller, 3)
    sign(caller)
    assert findings(caller, settings) == set()
    bundle = Path(settings.AUDIT_ANCHOR_FILE).parent / f"{caller.tenant}.zip"
    call_command("export_audit", org=str(caller.tenant), output=str(bundle), verbosity=0)
    assert run_offline(bundle, Path(settings.AUDIT_ANCHOR_FILE)) == (0, set())


def test_held_events_survive_the_month(caller: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    other = person().within(caller.tenant)
    with months_ago("90d") as partition:
        with organization_scope(caller.tenant):
            set_retention(caller=caller, retention_class="90d")
        append(caller, 9)
        record(Action.MEMBER_ADDED, caller=other, targets=[Target("user", user_of(other))])
        append(caller, 9)
        sign(caller)
    with organization_scope(caller.tenant):
        hold = place_hold(caller=caller, reason="lawsuit", user_id=user_of(other))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=60)):
        assert partition in due_partitions()
    prune_partition(partition)
    with organization_scope(caller.tenant):
        assert HeldEvent.objects.for_caller(caller).count() == 1
        assert Prune.objects.for_caller(caller).count() == 2  # before and after the island
        release_hold(caller=caller, hold_id=hold.id)
    assert findings(caller, settings) == set()


def test_the_database_itself_refuses_what_is_not_due(caller: Caller) -> None:
    append(caller, 2)
    today = f"audit_event_365d_{datetime.now(UTC):%Y%m}"
    for partition in (today, "audit_event_365d_default", "organizations_user", "audit_event_forever_202001"):
        with (
            pytest.raises(DatabaseError),
            platform_scope("sequencer"),
            connections["sequencer"].cursor() as cursor,
        ):
            cursor.execute("SELECT audit_drop_partition(%s)", [partition])


def test_a_hold_placed_after_the_announcement_still_protects(
    old_chain: tuple[Caller, str], monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    """Attack 38: between the prune's check and its drop."""
    caller, partition = old_chain
    from audit import retention

    original = retention._drop

    def hold_first(name: str) -> int:
        with organization_scope(caller.tenant):
            place_hold(caller=caller, reason="just in time")
        return original(name)

    monkeypatch.setattr(retention, "_drop", hold_first)
    with pytest.raises(DatabaseError):
        prune_partition(partition)
    with organization_scope(caller.tenant):
        assert AuditEvent.objects.for_caller(caller).count() > 300


def test_attack_12_a_prune_that_was_not_due(caller: Caller, superuser: psycopg.Connection, settings) -> None:  # type: ignore[no-untyped-def]
    """Through the sequencer, with an event, right boundary hashes and everything: only the date is wrong."""
    append(caller, 40)
    adversary = Adversary(superuser, caller.tenant, current_key())
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        peaks = TreeReader(cursor, caller.tenant, 1).peaks(20)
        (first,) = adversary.one("SELECT prev_hash FROM audit_event WHERE org_id = $ORG AND seq = 1")
        last = adversary.one(
            "SELECT hash, prev_hash, leaf_hash, sealed_at FROM audit_event WHERE org_id = $ORG AND seq = 20"
        )
        link, previous, leaf, sealed_at = last
        forged = Range(caller.tenant, 1, 1, 20, first, link, previous, leaf, sealed_at, "365d", peaks)
        details = {"details": {"class": "365d", "partition": "", "ranges": [forged.described()]}}
        event = system_event(caller.tenant, Action.AUDIT_PRUNED, details)
        cursor.execute(INSERT_EVENT, event.inbox_row())
    seal_batch()
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(INSERT_PRUNE, [caller.tenant, 1, 1, 20, first, last[0], peaks, "365d", event.event_id])
    adversary.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq <= 20")
    assert findings(caller, settings) == {"prune-not-due"}


def test_a_short_retention_does_not_reach_back(caller: Caller) -> None:
    """Attack 39: "set 1 month, prune, set back" finds nothing to prune, for the old events keep their class."""
    append(caller, 3)
    with organization_scope(caller.tenant):
        set_retention(caller=caller, retention_class="30d")
    append(caller, 2)
    with organization_scope(caller.tenant):
        kept = AuditEvent.objects.for_caller(caller).order_by("seq").values_list("retention_class", flat=True)
        assert list(kept) == ["365d"] * 3 + ["forever"] + ["30d"] * 2


def test_a_locked_retention_can_only_be_extended(caller: Caller) -> None:
    with organization_scope(caller.tenant):
        set_retention(caller=caller, retention_class="3y", locked_until=datetime.now(UTC) + timedelta(days=9))
        set_retention(caller=caller, retention_class="7y")
        with pytest.raises(Conflict):
            set_retention(caller=caller, retention_class="30d")


def test_erasing_a_person_leaves_a_chain_that_verifies(caller: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    """Attack 40: the other person of a shared event keeps their part; erasing twice is harmless."""
    other = person()
    with organization_scope(caller.tenant):
        record(
            Action.MEMBER_ADDED,
            caller=caller,
            personal={
                user_of(other): {"email": "mia@acme.example"},
                user_of(caller): {"email": "olivia@acme.example"},
            },
        )
        (receipt,) = announce_erasure(caller=system_caller(caller.tenant), user_id=user_of(other))
    assert carry_out_erasures() == 1
    assert carry_out_erasures() == 0
    with organization_scope(caller.tenant):
        event = AuditEvent.objects.for_caller(caller).get(seq=1)
        assert personal_values(caller, [event])[event.event_id].keys() == {user_of(caller)}
        assert not DataSubject.objects.for_caller(caller).filter(user_id=user_of(other)).exists()
        assert AuditEvent.objects.for_caller(caller).filter(event_id=receipt.event_id).exists()
        assert announce_erasure(caller=caller, user_id=user_of(other)) == []
    assert findings(caller, settings) == set()


def test_erasure_waits_for_a_hold(caller: Caller) -> None:
    with organization_scope(caller.tenant):
        record(Action.PROJECT_CREATED, caller=caller)
        place_hold(caller=caller, reason="lawsuit", user_id=user_of(caller))
        with pytest.raises(Held):
            announce_erasure(caller=caller, user_id=user_of(caller))


def test_the_database_refuses_an_erasure_that_the_chain_does_not_announce(caller: Caller) -> None:
    record(Action.PROJECT_CREATED, caller=caller)
    with organization_scope(caller.tenant):
        subject = DataSubject.objects.for_caller(caller).get()
        event = AuditEvent.objects.for_caller(caller).get()
    place: list[Any] = [caller.tenant, subject.subject_ref, event.event_id]
    with (
        pytest.raises(DatabaseError),
        platform_scope("sequencer"),
        connections["sequencer"].cursor() as cursor,
    ):
        cursor.execute("SELECT audit_erase_subject(%s, %s, %s)", place)


def test_a_declared_loss_is_neither_silence_nor_tampering(
    caller: Caller, superuser: psycopg.Connection, settings
) -> None:  # type: ignore[no-untyped-def]
    """Attack 18, told honestly: the backup was older than the anchors; a new epoch says so."""
    append(caller, 60)
    sign(caller)
    Adversary(superuser, caller.tenant, current_key()).truncate(40, checkpoints=True)
    assert findings(caller, settings) == {"anchor-ahead"}
    evidence = AnchorEvidence.from_file(settings.AUDIT_ANCHOR_FILE)
    with snapshot():
        (loss,) = [one for one in find_losses(evidence) if one.organization_id == caller.tenant]
    assert (loss.first, loss.last) == (41, 60)
    declare_loss(loss)
    append(caller, 4)
    sign(caller)
    assert findings(caller, settings) == {"declared-loss"}
    with organization_scope(caller.tenant):
        heads = Head.objects.for_caller(caller).order_by("epoch").values_list("epoch", "seq")
        assert list(heads) == [(1, 40), (2, 5)]
    bundle = Path(settings.AUDIT_ANCHOR_FILE).parent / f"{caller.tenant}.zip"
    call_command("export_audit", org=str(caller.tenant), output=str(bundle), verbosity=0)
    assert run_offline(bundle, Path(settings.AUDIT_ANCHOR_FILE)) == (3, {"declared-loss"})


def test_an_epoch_that_nobody_explains_is_tampering(
    caller: Caller, superuser: psycopg.Connection, settings
) -> None:  # type: ignore[no-untyped-def]
    append(caller, 5)
    superuser.execute("UPDATE audit_event SET epoch = 2 WHERE org_id = %s AND seq > 3", [caller.tenant])
    assert "epoch-unexplained" in findings(caller, settings)


def test_a_rotated_key_is_introduced_by_the_old_one(caller: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    append(caller, 5)
    sign(caller)
    before = current_key()
    after = rotate(command_caller())
    assert current_key().verifier == after != before.verifier
    append(caller, 5)
    sign(caller)
    assert findings(caller, settings) == set()


def test_a_key_slipped_into_the_table_is_worth_nothing(
    caller: Caller, superuser: psycopg.Connection, settings
) -> None:  # type: ignore[no-untyped-def]
    from tests.audit.adversary import UNKNOWN_KEY

    append(caller, 10)
    sign(caller)
    public = UNKNOWN_KEY.verifier
    superuser.execute(
        "INSERT INTO audit_key VALUES (%s, %s, %s, %s, now())",
        [public.id.hex(), public.name, public.public, UNKNOWN_KEY.sign(f"{public.name}/keys\n{public}\n")],
    )
    Adversary(superuser, caller.tenant, UNKNOWN_KEY).resign()
    assert findings(caller, settings) == {"checkpoint-signature"}
    superuser.execute("DELETE FROM audit_key WHERE key_id = %s", [public.id.hex()])


def test_what_a_revoked_key_signed_needs_an_anchor(caller: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    append(caller, 5)
    sign(caller)
    append(caller, 5)
    sign_checkpoints((), organization_id=caller.tenant, interval="0 seconds")
    revoke(current_key().verifier.id.hex(), command_caller(), reason="stolen")
    evidence = AnchorEvidence.from_file(settings.AUDIT_ANCHOR_FILE)
    with snapshot():
        report = verify_organization(caller.tenant, evidence)
    assert [(each["code"], each["from"], each["to"]) for each in report.findings] == [
        ("checkpoint-unproven", 10, 10)
    ]
    assert report.exit_code() == 2
