"""Rows 12, 22, 23 and 38 to 41: what leaves lawfully stays explained, whoever looks; what only pretends to does not."""

import hashlib
import itertools
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connections

from audit import retention
from audit.actions import Action
from audit.envelope import Target
from audit.erasure import Held, announce_erasure, carry_out_erasures
from audit.holds import place_hold, release_hold, set_retention
from audit.interactions import system_event
from audit.keys import register_known_keys
from audit.ledger import erasures, note_erasure, returned
from audit.models import AuditEvent, HeldEvent, PrivatePart, Prune
from audit.restoring import declare_loss, find_losses, recover_log
from audit.retention import INSERT_EVENT, INSERT_PRUNE, Range, due_partitions, prune_partition
from audit.selectors import personal_values
from audit.services import record
from audit.tiles import TreeReader
from audit.verification import snapshot
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Caller, Origin, system_caller
from promptguard.core.canonical import canonical, commitment, parse
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.audit.adversary import Adversary
from tests.audit.attacks.scene import CLEAN, Scene, all_say, seal_everything
from tests.audit.backups import Backup
from tests.audit.conftest import person
from tests.audit.past import months_ago


@pytest.fixture
def old(caller: Caller, folder: Any) -> tuple[Scene, str]:
    """Forty events from a hundred days ago, kept for thirty days; then five from today."""
    scene = Scene(caller, folder / "anchors", folder)
    with months_ago("30d") as partition:
        with organization_scope(caller.tenant):
            set_retention(caller=caller, retention_class="30d")
        scene.append(1, 40)
        scene.sign("file")
    scene.append(41, 45)
    scene.sign("file")
    return scene, partition


def kept(scene: Scene) -> list[int]:
    """The numbers of the events that are still in their partitions."""
    with organization_scope(scene.org):
        rows = (
            AuditEvent.objects.for_caller(scene.caller).filter(event_type="project.updated").order_by("seq")
        )
        found = (
            parse(bytes(row))["pub"].get("details", {}).get("number")
            for row in rows.values_list("canonical", flat=True)
        )
        return [number for number in found if number is not None]


def test_12_a_prune_that_was_not_due(scene: Scene, adversary: Adversary) -> None:
    """Through the sequencer, with an event, right boundary hashes and everything: only the date is wrong."""
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        peaks = TreeReader(cursor, scene.org, 1).peaks(20)
        (first,) = adversary.one("SELECT prev_hash FROM audit_event WHERE org_id = $ORG AND seq = 1")
        link, previous, leaf, sealed_at = adversary.one(
            "SELECT hash, prev_hash, leaf_hash, sealed_at FROM audit_event WHERE org_id = $ORG AND seq = 20"
        )
        forged = Range(scene.org, 1, 1, 20, first, link, previous, leaf, sealed_at, "365d", peaks)
        details = {"details": {"class": "365d", "partition": "", "ranges": [forged.described()]}}
        event = system_event(scene.org, Action.AUDIT_PRUNED, details)
        cursor.execute(INSERT_EVENT, event.inbox_row())
    seal_everything()
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(INSERT_PRUNE, [scene.org, 1, 1, 20, first, link, peaks, "365d", event.event_id])
    adversary.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq <= 20")
    assert scene.verdicts() == all_say("prune-not-due")


def erase(scene: Scene, user_id: UUID) -> int:
    """What compliance does: announced in the chain, sealed, and only then carried out."""
    with organization_scope(scene.org):
        announce_erasure(caller=system_caller(scene.org), user_id=user_id)
    seal_everything()
    return carry_out_erasures()


def test_22_a_lawful_erasure(scene: Scene) -> None:
    assert erase(scene, scene.user_id) == 1
    with organization_scope(scene.org):
        assert not PrivatePart.objects.for_caller(scene.caller).exists()
    assert scene.verdicts() == CLEAN


def test_23_a_lawful_prune(old: tuple[Scene, str]) -> None:
    scene, partition = old
    assert scene.verdicts() == CLEAN
    assert prune_partition(partition) >= 40
    assert kept(scene) == list(range(41, 46))
    assert scene.verdicts() == CLEAN
    scene.append(46, 50)
    scene.sign("file")
    assert scene.verdicts() == CLEAN


def hold_before(scene: Scene, partition: str) -> None:
    """One person's events are an island when their month goes; releasing the hold changes nothing any more."""
    with organization_scope(scene.org):
        hold = place_hold(caller=scene.caller, reason="lawsuit", user_id=scene.user_id)
    prune_partition(partition)
    with organization_scope(scene.org):
        assert HeldEvent.objects.for_caller(scene.caller).count() == 13  # every third
        assert Prune.objects.for_caller(scene.caller).count() == 14
    assert scene.verdicts() == CLEAN
    with organization_scope(scene.org):
        release_hold(caller=scene.caller, hold_id=hold.id)


def hold_after(scene: Scene, partition: str) -> None:
    """It protects what is left."""
    prune_partition(partition)
    with organization_scope(scene.org):
        place_hold(caller=scene.caller, reason="lawsuit")


def hold_between(scene: Scene, partition: str) -> None:
    """After the announcement, before the drop: the database refuses, and the next try works around the island."""
    original = retention._drop
    holds: list[UUID] = []

    def hold_first(name: str) -> int:
        with organization_scope(scene.org):
            holds.append(place_hold(caller=scene.caller, reason="just in time", user_id=scene.user_id).id)
        return original(name)

    with pytest.MonkeyPatch.context() as patched, pytest.raises(DatabaseError):
        patched.setattr(retention, "_drop", hold_first)
        prune_partition(partition)
    assert kept(scene) == list(range(1, 46))
    assert scene.verdicts() == CLEAN
    prune_partition(partition)
    with organization_scope(scene.org):
        assert HeldEvent.objects.for_caller(scene.caller).count() == 13
        release_hold(caller=scene.caller, hold_id=holds[0])


@pytest.mark.parametrize(
    "when", [hold_before, hold_after, hold_between], ids=["before", "after", "in between"]
)
def test_38_islands_of_held_events(when: Callable[[Scene, str], None], old: tuple[Scene, str]) -> None:
    scene, partition = old
    when(scene, partition)
    assert kept(scene) == list(range(41, 46))
    scene.append(46, 50)
    scene.sign("file")
    assert scene.verdicts() == CLEAN


def test_39_shortened_pruned_and_set_back(caller: Caller, folder: Any) -> None:
    """ "Set 30 days, prune, set back" reaches only what was recorded in between."""
    scene = Scene(caller, folder / "anchors", folder)
    with months_ago("30d") as partition:
        scene.append(1, 10)
        with organization_scope(scene.org):
            set_retention(caller=caller, retention_class="30d")
        scene.append(11, 20)
        with organization_scope(scene.org):
            set_retention(caller=caller, retention_class="365d")
        scene.append(21, 30)
        scene.sign("file")
    assert partition in due_partitions()
    prune_partition(partition)
    assert kept(scene) == [*range(1, 11), *range(21, 31)]
    assert scene.verdicts() == CLEAN


def shared_event(scene: Scene, other: Caller) -> None:
    assert other.actor.id is not None
    with organization_scope(scene.org):
        record(
            Action.MEMBER_ADDED,
            caller=scene.caller,
            targets=[Target("user", other.actor.id)],
            personal={
                other.actor.id: {"email": "mia@acme.example"},
                scene.user_id: {"email": "o@acme.example"},
            },
        )
    seal_everything()


def names_in(scene: Scene) -> set[UUID]:
    """Whose values the shared event still opens."""
    with organization_scope(scene.org):
        event = AuditEvent.objects.for_caller(scene.caller).get(event_type="member.added")
        return set(personal_values(scene.caller, [event])[event.event_id])


def one_of_two(scene: Scene, mia: UUID, superuser: psycopg.Connection) -> None:
    assert erase(scene, mia) == 1
    assert names_in(scene) == {scene.user_id}


def twice(scene: Scene, mia: UUID, superuser: psycopg.Connection) -> None:
    assert [erase(scene, mia), erase(scene, mia), carry_out_erasures()] == [1, 0, 0]
    assert names_in(scene) == {scene.user_id}


def during_a_hold(scene: Scene, mia: UUID, superuser: psycopg.Connection) -> None:
    """Refused while it lasts; and a hold that comes after the announcement keeps that person, and nobody else."""
    with organization_scope(scene.org):
        hold = place_hold(caller=scene.caller, reason="lawsuit", user_id=mia)
        with pytest.raises(Held):
            announce_erasure(caller=system_caller(scene.org), user_id=mia)
        release_hold(caller=scene.caller, hold_id=hold.id)
        for user_id in (mia, scene.user_id):
            announce_erasure(caller=system_caller(scene.org), user_id=user_id)
        hold = place_hold(caller=scene.caller.within(scene.org), reason="too late for one", user_id=mia)
    seal_everything()
    assert carry_out_erasures() == 1
    assert names_in(scene) == {mia}
    with organization_scope(scene.org):
        release_hold(caller=system_caller(scene.org), hold_id=hold.id)
    assert carry_out_erasures() == 1
    assert names_in(scene) == set()


def and_a_backup_brings_them_back(scene: Scene, mia: UUID, superuser: psycopg.Connection) -> None:
    """The ledger outside of the database knows who must be erased again."""
    scene.sign("file")
    backup = Backup(superuser)
    note_erasure(request_id=uuid4(), user_id=mia)
    assert erase(scene, mia) == 1
    scene.sign("file")
    assert not returned(erasures())
    backup.restore()
    backup.discard()
    register_known_keys()
    evidence = AnchorEvidence.from_file(str(scene.anchors))
    recover_log(evidence)
    with snapshot():
        losses = find_losses(evidence)
    for loss in losses:
        declare_loss(loss)
    assert [each.user_id for each in returned(erasures())] == [mia]
    assert erase(scene, mia) == 1
    assert not returned(erasures())
    assert names_in(scene) == {scene.user_id}


ERASURES = {
    "one of two in a shared event": (one_of_two, CLEAN),
    "twice": (twice, CLEAN),
    "during a hold": (during_a_hold, CLEAN),
    "backup restored, ledger replayed": (and_a_backup_brings_them_back, all_say("declared-loss")),
}


@pytest.mark.parametrize("name", ERASURES)
def test_40_erasures(name: str, scene: Scene, superuser: psycopg.Connection, settings: Any) -> None:
    settings.AUDIT_ERASURE_LEDGER = str(scene.folder / f"ledger-{scene.org}")
    happening, expected = ERASURES[name]
    mia = person().within(scene.org)
    assert mia.actor.id is not None
    shared_event(scene, mia)
    happening(scene, mia.actor.id, superuser)
    scene.sign("file")
    # Without the anchors nobody knows what a restored backup has lost but the chain itself, which says so.
    assert scene.verdicts() == expected


def test_41_guessing_private_values(scene: Scene, adversary: Adversary) -> None:
    """Everything about the value is known but its last number, and the salt: no guess matches; with the salt it does."""
    origin = Origin("203.0.113.77", "", "request-0077")
    who = Caller(scene.org, scene.caller.actor, origin=origin)
    with organization_scope(scene.org):
        receipt = record(Action.AUTHENTICATION_SIGNED_IN, caller=who)
    seal_everything()
    document, event_id = adversary.one(
        "SELECT canonical, event_id FROM audit_event WHERE event_id = %s", receipt.event_id
    )
    (promise,) = [part["c"] for part in parse(bytes(document))["priv"]]
    (salt,) = adversary.one("SELECT salt FROM audit_private WHERE event_id = %s", receipt.event_id)
    candidates = [canonical({"ip": f"203.0.113.{last}"}) for last in range(256)]
    assert [commitment(bytes(salt), each).hex() for each in candidates].count(promise) == 1
    assert erase(scene, scene.user_id) == 1
    left = adversary.one("SELECT count(*) FROM audit_private WHERE event_id = %s", receipt.event_id)
    assert left == (0,)
    guesses = [
        b"",
        bytes(32),
        event_id.bytes,
        scene.org.bytes,
        scene.org.bytes + event_id.bytes,
        hashlib.sha256(document).digest(),
    ]
    for prefix, guess, each in itertools.product((b"", b"\x00", b"\x10"), guesses, candidates):
        assert hashlib.sha256(prefix + guess + each).hexdigest() != promise
    assert scene.verdicts() == CLEAN
