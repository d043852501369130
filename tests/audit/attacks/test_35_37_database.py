"""Rows 35 to 37: what a database owner does with DDL and replication, what keys and notes may do, and odd values."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from audit.actions import Action
from audit.checkpoints import origin_of
from audit.checks import missing_fences
from audit.envelope import Target
from audit.interactions import system_event
from audit.keys import current_key, revoke, rotate
from audit.models import AuditEvent
from audit.notes import checkpoint
from audit.privileges import secure
from audit.services import record
from promptguard.core.caller import command_caller
from promptguard.core.canonical import NotCanonical, leaf_hash, parse
from promptguard.core.tenancy import organization_scope, platform_scope
from tests import servers
from tests.audit.adversary import UNKNOWN_KEY, Adversary
from tests.audit.attacks.scene import CLEAN, EVENTS, Scene, Verdicts, all_say, seal_everything

THIS_MONTH = f"audit_event_365d_{datetime.now(UTC):%Y%m}"
# A log that ends too early: the database's own checkpoints say so, and so does every anchor.
CUT_OFF = Verdicts({"head", "checkpoint-ahead"}, *[{"head", "checkpoint-ahead", "anchor-ahead"}] * 2)


@contextmanager
def truncated(a: Adversary) -> Iterator[None]:
    a.run(f"TRUNCATE {THIS_MONTH}")
    yield


@contextmanager
def dropped(a: Adversary) -> Iterator[None]:
    a.run(f"DROP TABLE {THIS_MONTH}")
    yield
    call_command("harden_audit", verbosity=0)


@contextmanager
def detached(a: Adversary) -> Iterator[None]:
    (bounds,) = a.one(f"SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = '{THIS_MONTH}'")
    a.run(f"ALTER TABLE audit_event_365d DETACH PARTITION {THIS_MONTH}")
    yield
    a.run(f"ALTER TABLE audit_event_365d ATTACH PARTITION {THIS_MONTH} {bounds}")


@contextmanager
def renamed(a: Adversary) -> Iterator[None]:
    """An empty table takes the place of the true one."""
    a.run("ALTER TABLE audit_event RENAME TO audit_event_true")
    a.run("CREATE TABLE audit_event (LIKE audit_event_true)")
    a.run("GRANT SELECT ON audit_event TO promptguard_app")
    yield
    a.run("DROP TABLE audit_event")
    a.run("ALTER TABLE audit_event_true RENAME TO audit_event")


@contextmanager
def owner_disables_the_trigger(a: Adversary) -> Iterator[None]:
    """No superuser needed: the tables' owner may do this. `check --tag audit` sees it as well."""
    database = a.session.info.dbname
    with psycopg.connect(servers.role_url("promptguard_owner", database), autocommit=True) as owner:
        owner.execute("SELECT set_config('promptguard.all_organizations', 'on', false)")
        owner.execute("ALTER TABLE audit_event DISABLE TRIGGER append_only")
        owner.execute("DELETE FROM audit_event WHERE org_id = %s AND seq = 35", [a.org])
    assert "trigger append_only on audit_event" in missing_fences()
    yield
    a.run("ALTER TABLE audit_event ENABLE TRIGGER append_only")


@contextmanager
def as_a_replica(a: Adversary) -> Iterator[None]:
    """What the apply worker of a logical subscription is: `session_replication_role = replica` silences triggers."""
    assert a.one("SHOW session_replication_role") == ("replica",)
    a.edit(35)
    yield


@contextmanager
def restored_over_itself(a: Adversary) -> Iterator[None]:
    """`pg_restore --data-only` into a database that has the rows: the table's key refuses them."""
    with pytest.raises(psycopg.errors.UniqueViolation):
        a.run("INSERT INTO audit_event SELECT * FROM audit_event WHERE org_id = $ORG")
    yield


@contextmanager
def restored_into_another_class(a: Adversary) -> Iterator[None]:
    """The same rows under another retention class have another key: twice in the log, and in a class nobody chose."""
    a.run("CREATE TEMP TABLE data_only AS SELECT * FROM audit_event WHERE org_id = $ORG AND seq = 35")
    a.run("UPDATE data_only SET retention_class = '7y'")
    a.run("INSERT INTO audit_event SELECT * FROM data_only")
    a.run("DROP TABLE data_only")
    yield


DDL: dict[str, tuple[Callable[[Adversary], Any], Verdicts]] = {
    "truncate": (truncated, CUT_OFF),
    "drop": (dropped, CUT_OFF),
    "detach": (detached, CUT_OFF),
    "rename": (renamed, CUT_OFF),
    "disable trigger": (owner_disables_the_trigger, all_say("gap")),
    "replica role": (as_a_replica, all_say("content")),
    "restore data over itself": (restored_over_itself, CLEAN),
    "restore data into another class": (restored_into_another_class, all_say("dup")),
}


@pytest.mark.parametrize("name", DDL)
def test_35_ddl_and_replication(name: str, scene: Scene, adversary: Adversary) -> None:
    attack, expected = DDL[name]
    with attack(adversary):
        assert scene.verdicts() == expected


def test_35_a_missing_table_is_no_verdict_at_all(scene: Scene, adversary: Adversary) -> None:
    adversary.run("ALTER TABLE audit_event RENAME TO audit_event_true")
    with pytest.raises(CommandError) as raised:
        call_command("verify_audit_chain", org=str(scene.org))
    adversary.run("ALTER TABLE audit_event_true RENAME TO audit_event")
    assert raised.value.returncode == 4
    assert scene.verdicts() == CLEAN


def renote(a: Adversary, epoch: int, org: Any) -> None:
    """The last checkpoint says the right things under the right key, but about another log."""
    head, root = a.one("SELECT head_hash, root FROM audit_checkpoint WHERE org_id = $ORG AND size = 60")
    said = checkpoint(origin_of(org, epoch), 60, root, head, datetime.now(UTC))
    note = a.stolen.sign(said.body())
    a.run("UPDATE audit_checkpoint SET note = %s WHERE org_id = $ORG AND size = 60", note)


def rotated(a: Adversary, s: Scene) -> None:
    before = current_key()
    assert rotate(command_caller()) == current_key().verifier != before.verifier
    s.append(65, 70)
    s.sign("file")


def slipped_in(a: Adversary, s: Scene) -> None:
    """A key that vouches for itself, in the table beside the others."""
    public = UNKNOWN_KEY.verifier
    introduction = UNKNOWN_KEY.sign(f"{public.name}/keys\n{public}\n")
    row = [public.id.hex(), public.name, public.public, introduction]
    a.run("INSERT INTO audit_key VALUES (%s, %s, %s, %s, now())", *row)
    a.resign(UNKNOWN_KEY)


def revoked(a: Adversary, s: Scene) -> None:
    """Signed after the last anchor with a key that is then declared stolen."""
    s.sign()
    revoke(current_key().verifier.id.hex(), command_caller(), reason="stolen")
    rotate(command_caller())


NOTES: dict[str, tuple[Callable[[Adversary, Scene], object], Verdicts]] = {
    "rotated": (rotated, CLEAN),
    "of another organization": (lambda a, s: renote(a, 1, uuid4()), all_say("checkpoint-origin")),
    # A bundle lists notes without rows, so that it sees a signed log of epoch 2 that is not there.
    "of another epoch": (
        lambda a, s: renote(a, 2, s.org),
        Verdicts({"checkpoint-origin"}, {"checkpoint-origin"}, {"checkpoint-ahead"}),
    ),
    "slipped in": (slipped_in, all_say("checkpoint-signature")),
    "revoked": (revoked, all_say("checkpoint-unproven")),
}


@pytest.mark.parametrize("name", NOTES)
def test_36_keys_and_notes(name: str, scene: Scene, adversary: Adversary) -> None:
    happening, expected = NOTES[name]
    happening(adversary, scene)
    try:
        assert scene.verdicts() == expected
    finally:
        adversary.run("DELETE FROM audit_key WHERE key_id = %s", UNKNOWN_KEY.verifier.id.hex())


TEXTS = {
    "nfc": "\u00e9",
    "nfd": "e\u0301",
    "nul": "a\u0000b",
    "line separators": "\u2028\u2029\x85",
    "beyond the plane": "\U0001f600\U0010ffff",
    "leap second": "2016-12-31T23:59:60Z",
    "nanoseconds": "2026-03-01T09:30:00.123456789Z",
    "a megabyte": "x" * (1 << 20),
    "a tab and a newline": "a\tb\nc\\",
}
NUMBERS = {
    "minus zero": (-0.0, "-0.0"),
    "1e400": (float("1e400"), "inf"),
    "2^53": (2**53, "9007199254740992"),
    "2^53 - 1": (2**53 - 1, 2**53 - 1),
    "a decimal": (Decimal("1.10"), "1.10"),
}


@pytest.mark.parametrize("name", [*TEXTS, *NUMBERS])
def test_37_values_that_others_hash_differently(name: str, scene: Scene) -> None:
    """What is hashed is what is stored, byte for byte, and what is read back is what was meant."""
    given, kept = NUMBERS.get(name) or (TEXTS[name], TEXTS[name])
    with organization_scope(scene.org):
        receipt = record(Action.PROJECT_UPDATED, caller=scene.caller, details={"value": given})
    seal_everything()
    with organization_scope(scene.org):
        event = AuditEvent.objects.for_caller(scene.caller).get(event_id=receipt.event_id)
    assert parse(bytes(event.canonical))["pub"]["details"]["value"] == kept
    assert receipt.integrity_hash == bytes(event.leaf_hash).hex() == leaf_hash(bytes(event.canonical)).hex()
    assert scene.verdicts() == CLEAN


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"details": {"text": "\ud800"}}, NotCanonical),
        ({"details": {"é": 1}}, NotCanonical),
        ({"details": {"bytes": b"\x00"}}, NotCanonical),
        ({"targets": [Target("project", "a\u0000b")]}, (NotCanonical, DatabaseError)),
    ],
    ids=["lone surrogate", "key beyond ASCII", "bytes", "nul in a reference"],
)
def test_37_what_has_no_canonical_form_is_refused(values: dict[str, Any], error: Any, scene: Scene) -> None:
    with pytest.raises(error), organization_scope(scene.org):
        record(Action.PROJECT_UPDATED, caller=scene.caller, **values)
    seal_everything()
    with organization_scope(scene.org):
        assert AuditEvent.objects.for_caller(scene.caller).count() == EVENTS
    assert scene.verdicts() == CLEAN


def test_37_a_key_twice_in_one_document(scene: Scene, adversary: Adversary) -> None:
    """Written past the boundary: parsers would disagree about who did it, so it counts as no event."""
    with pytest.raises(NotCanonical):
        parse(b'{"a":1,"a":2}')
    event = system_event(scene.org, Action.PROJECT_UPDATED, {"details": {"number": 65}})
    row = event.inbox_row()
    document = b'{"actor":{"ref":"somebody","type":"user","via":"session"},' + row[8][1:]
    row[8:] = [document, leaf_hash(document)]
    adversary.session.execute(
        "INSERT INTO audit_inbox (event_id, org_id, occurred_at, event_type, actor_ref, target_refs, outcome, severity,"
        " canonical, leaf_hash) VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)",
        row,
    )
    seal_everything()
    assert scene.verdicts() == all_say("content")


def test_37_a_clock_with_nanoseconds_and_one_that_stands_still(scene: Scene) -> None:
    """Many events within one microsecond: time is data, order is the sequencer's."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        scene.append(65, 80)
    with platform_scope():
        times = (
            AuditEvent.all_tenants.filter(organization_id=scene.org)
            .order_by("seq")
            .values_list("sealed_at", flat=True)
        )
        assert list(times) == sorted(set(times))
    assert scene.verdicts() == CLEAN


def test_35_and_the_fences_stand_again(scene: Scene, adversary: Adversary) -> None:
    """The attacks above left the database as it was."""
    with psycopg.connect(servers.role_url("promptguard_owner", adversary.session.info.dbname)) as owner:
        secure(owner.cursor())
    assert missing_fences() == []
