"""What leaves lawfully stays explainable: retention, legal hold, erasure, restore. And what only pretends to is convicted."""

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
from audit.erasure import Held, announce_erasure
from audit.holds import place_hold, release_hold, set_retention
from audit.keys import current_key, revoke
from audit.models import AuditEvent, DataSubject, Head, HeldEvent, Prune
from audit.restoring import declare_loss, find_losses
from audit.retention import due_partitions, prune_partition
from audit.services import record
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Caller, command_caller, system_caller
from promptguard.core.errors import Conflict
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.audit.adversary import Adversary
from tests.audit.attacks.scene import run_offline
from tests.audit.conftest import person
from tests.audit.past import months_ago

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


def test_a_locked_retention_can_only_be_extended(caller: Caller) -> None:
    with organization_scope(caller.tenant):
        set_retention(caller=caller, retention_class="3y", locked_until=datetime.now(UTC) + timedelta(days=9))
        set_retention(caller=caller, retention_class="7y")
        with pytest.raises(Conflict):
            set_retention(caller=caller, retention_class="30d")


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
    assert run_offline(bundle, "--anchors", settings.AUDIT_ANCHOR_FILE) == (3, {"declared-loss"})


def test_an_epoch_that_nobody_explains_is_tampering(
    caller: Caller, superuser: psycopg.Connection, settings
) -> None:  # type: ignore[no-untyped-def]
    append(caller, 5)
    superuser.execute("UPDATE audit_event SET epoch = 2 WHERE org_id = %s AND seq > 3", [caller.tenant])
    assert "epoch-unexplained" in findings(caller, settings)


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
