"""The attack table of the design (section 17): each attack is convicted by exactly the findings it should be.

`walk` is what the database alone shows, `anchored` what an anchor file kept elsewhere adds, and the offline
verifier, run by a Python without any package, judges the bundle exported from the attacked database.
"""

import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from audit import promptguard_verify
from audit.actions import Action
from audit.anchors import publish_anchors
from audit.anchors.file import FileSink
from audit.bundles import BundleWriter
from audit.checkpoints import origin_of, sign_checkpoints
from audit.envelope import INBOX_COLUMNS, Envelope
from audit.interactions import system_event
from audit.keys import current_key
from audit.notes import SigningKey, checkpoint
from audit.promptguard_verify import NOT_TAMPERING, TAMPERED
from audit.sealing import seal_batch
from audit.services import await_seal, record
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Caller, system_caller
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.audit.adversary import Adversary
from tests.audit.conftest import person
from tests.conftest import close_connections

EVENTS, CHECKPOINT_EVERY, ANCHOR_EVERY = 64, 10, 20
UNKNOWN_KEY = SigningKey("127.0.0.1:8080/audit", bytes(range(32)))


@dataclass(frozen=True)
class Scene:
    """A chain of 64 events: a checkpoint every 10, an anchor every 20, personal values every third."""

    caller: Caller
    anchors: Path
    folder: Path

    @property
    def org(self) -> UUID:
        return self.caller.tenant

    def append(self, first: int, last: int) -> None:
        with organization_scope(self.org):
            for number in range(first, last + 1):
                caller = self.caller if number % 3 == 0 else system_caller(self.org)
                record(Action.PROJECT_UPDATED, caller=caller, details={"number": number})
        seal_batch()

    def sign(self, *sinks: str) -> None:
        sign_checkpoints(sinks, organization_id=self.org, interval="0 seconds")
        publish_anchors({"file": FileSink(self.anchors)} if sinks else {})

    def verdicts(self) -> tuple[set[str], set[str], set[str]]:
        """Findings of the database alone, with anchors, and of the offline verifier with anchors."""
        evidence = AnchorEvidence.from_file(str(self.anchors), required=True)
        with snapshot():
            walk = verify_organization(self.org).codes()
            anchored = verify_organization(self.org, evidence).codes()
        code, offline = self.offline()
        assert code == worst(offline)
        assert not evidence.report.findings
        return walk, anchored, offline

    def offline(self) -> tuple[int, set[str]]:
        bundle = self.folder / f"{self.org}-{uuid4()}.zip"
        with snapshot():
            BundleWriter(self.org, bundle, with_private=True).write()
        return run_offline(bundle, self.anchors)


def run_offline(bundle: Path, anchors: Path) -> tuple[int, set[str]]:
    """A Python without any package: isolated, no site directory."""
    command = [
        sys.executable,
        "-I",
        "-S",
        promptguard_verify.__file__,
        str(bundle),
        "--anchors",
        str(anchors),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.stderr == ""
    (report,) = json.loads(done.stdout)
    return done.returncode, {finding["code"] for finding in report["findings"]}


def worst(codes: set[str]) -> int:
    levels = {NOT_TAMPERING.get(code, TAMPERED) for code in codes}
    return next((level for level in (1, 2, 3) if level in levels), 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


@pytest.fixture
def scene(caller: Caller, folder: Path, settings) -> Scene:  # type: ignore[no-untyped-def]
    settings.AUDIT_SIGNING_KEYS = str(folder / "keys")
    settings.AUDIT_SEALING = "sequencer"
    made = Scene(caller, folder / "anchors", folder)
    for first in range(1, EVENTS, CHECKPOINT_EVERY):
        last = min(first + CHECKPOINT_EVERY - 1, EVENTS)
        made.append(first, last)
        if last % ANCHOR_EVERY == 0:
            made.sign("file")
        elif last % CHECKPOINT_EVERY == 0:
            made.sign()
    return made


@pytest.fixture
def adversary(scene: Scene, superuser: psycopg.Connection) -> Adversary:
    return Adversary(superuser, scene.org, current_key())


Attack = Callable[[Adversary, Scene], object]


def edit_and_seal_the_row(a: Adversary, s: Scene) -> None:
    a.edit(35)
    a.rehash(35, links=lambda seq: seq == 35)


def delete_and_renumber(a: Adversary, s: Scene) -> None:
    a.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq = 35")
    a.renumber(35)
    a.rehash()


def swap(a: Adversary, s: Scene) -> None:
    a.run(
        "UPDATE audit_event SET seq = CASE seq WHEN 35 THEN 36 ELSE 35 END WHERE org_id = $ORG AND seq IN (35, 36)"
    )


def swap_and_rehash(a: Adversary, s: Scene) -> None:
    swap(a, s)
    a.rehash()


def wipe(a: Adversary, s: Scene) -> None:
    for table in ("audit_event", "audit_head", "audit_checkpoint", "audit_private", "audit_tile"):
        a.run(f"DELETE FROM {table} WHERE org_id = $ORG")


def pretend_retention(a: Adversary, s: Scene) -> None:
    """Delete the first twenty and add a prune row with all the right numbers, but no event."""
    tree = promptguard_verify.Tree()
    links = a.session.execute(
        "SELECT hash FROM audit_event WHERE org_id = %s AND seq <= 20 ORDER BY seq", [a.org]
    )
    for (link,) in links.fetchall():
        tree.append(link)
    (first,) = a.one("SELECT prev_hash FROM audit_event WHERE org_id = $ORG AND seq = 1")
    a.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq <= 20")
    a.run(
        "INSERT INTO audit_prune VALUES ($ORG, 1, 1, 20, %s, %s, %s::bytea[], '365d', 64)",
        first,
        link,
        tree.peaks,
    )


def rewrite(a: Adversary, s: Scene) -> None:
    a.edit(35)
    a.rehash()


def rewrite_and_sign_with_an_unknown_key(a: Adversary, s: Scene) -> None:
    rewrite(a, s)
    a.resign(UNKNOWN_KEY)


def rewrite_and_sign_with_the_stolen_key(a: Adversary, s: Scene) -> None:
    rewrite(a, s)
    a.resign()


def rewrite_the_tail_with_the_stolen_key(a: Adversary, s: Scene) -> None:
    a.edit(62)
    a.rehash(62)
    a.resign()


def transplant(a: Adversary, s: Scene) -> None:
    other = replace(s, caller=person())
    other.append(1, 1)
    a.run(
        "UPDATE audit_event e SET canonical = o.canonical, leaf_hash = o.leaf_hash, event_id = o.event_id,"
        " occurred_at = o.occurred_at FROM audit_event o WHERE e.org_id = $ORG AND e.seq = 35 AND o.org_id = %s",
        other.org,
    )


def restore_and_go_on(a: Adversary, s: Scene) -> None:
    a.truncate(30, checkpoints=True)
    s.append(100, 140)


def set_the_clock_back(a: Adversary, s: Scene) -> None:
    a.run(
        "UPDATE audit_event SET sealed_at = sealed_at - interval '1 minute' WHERE org_id = $ORG AND seq = 62"
    )
    a.rehash(62)


def insert_into_inbox(envelope: Envelope) -> None:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_inbox ({INBOX_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)",
            envelope.inbox_row(),
        )
    seal_batch()


def lie_about_the_time(a: Adversary, s: Scene) -> None:
    event = system_event(s.org, Action.PROJECT_UPDATED, {})
    insert_into_inbox(replace(event, occurred_at=datetime.now(UTC) + timedelta(days=2)))


def replay(a: Adversary, s: Scene) -> None:
    event = system_event(s.org, Action.PROJECT_UPDATED, {})
    insert_into_inbox(event)
    insert_into_inbox(event)


def sign_another_log(a: Adversary, s: Scene) -> None:
    """A checkpoint with the right key and numbers, but about somebody else's chain."""
    head, root = a.one("SELECT head_hash, root FROM audit_checkpoint WHERE org_id = $ORG AND size = 60")
    said = checkpoint(origin_of(uuid4(), 1), 60, root, head, datetime.now(UTC))
    a.run(
        "UPDATE audit_checkpoint SET note = %s WHERE org_id = $ORG AND size = 60", a.stolen.sign(said.body())
    )


def alter_a_private_part(a: Adversary, s: Scene) -> None:
    a.run(
        "UPDATE audit_private SET ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1)"
        " WHERE event_id = (SELECT event_id FROM audit_event WHERE org_id = $ORG AND seq = 33)"
    )


def delete_a_private_part(a: Adversary, s: Scene) -> None:
    a.run(
        "DELETE FROM audit_private WHERE event_id = (SELECT event_id FROM audit_event WHERE org_id = $ORG AND seq = 33)"
    )


@dataclass(frozen=True)
class Case:
    attack: Attack
    walk: set[str]
    anchored: set[str]
    offline: set[str] | None = None  # where the bundle cannot show the same: see the comment at each


def nothing(a: Adversary, s: Scene) -> None:
    pass


TABLE = {
    "00 nothing": Case(nothing, set(), set()),
    "01 edit content": Case(lambda a, s: a.edit(35), {"content"}, {"content"}),
    "02 edit row, leaf and link": Case(
        edit_and_seal_the_row, {"link", "checkpoint-root"}, {"link", "checkpoint-root", "anchor-root"}
    ),
    "03 delete a middle row": Case(
        lambda a, s: a.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq = 35"), {"gap"}, {"gap"}
    ),
    "04 delete, renumber, rehash": Case(
        delete_and_renumber, {"checkpoint-root"}, {"checkpoint-root", "anchor-root"}
    ),
    # A bundle does not carry the stored previous link, by which the database tells a swap from a break.
    "05 swap": Case(
        swap,
        {"order", "clock-back", "checkpoint-root"},
        {"order", "clock-back", "checkpoint-root", "anchor-root"},
        {"link", "clock-back", "checkpoint-root", "anchor-root"},
    ),
    "06 swap and rehash": Case(
        swap_and_rehash, {"clock-back", "checkpoint-root"}, {"clock-back", "checkpoint-root", "anchor-root"}
    ),
    "07 truncate, head kept": Case(
        lambda a, s: a.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq > 50"),
        {"head", "checkpoint-ahead"},
        {"head", "checkpoint-ahead", "anchor-ahead"},
    ),
    "08 truncate what nobody has seen": Case(lambda a, s: a.truncate(61), set(), set()),
    "09 truncate past an anchor": Case(
        lambda a, s: a.truncate(30, checkpoints=True), set(), {"anchor-ahead"}
    ),
    "10 wipe everything": Case(wipe, set(), {"anchor-ahead"}),
    "11a delete the first rows": Case(
        lambda a, s: a.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq <= 20"), {"gap"}, {"gap"}
    ),
    "11b and pretend retention": Case(pretend_retention, {"prune-unproven"}, {"prune-unproven"}),
    "13 rehash, sign with an unknown key": Case(
        rewrite_and_sign_with_an_unknown_key,
        {"checkpoint-signature"},
        {"checkpoint-signature", "anchor-root"},
    ),
    "14 rehash, sign with the stolen key": Case(rewrite_and_sign_with_the_stolen_key, set(), {"anchor-root"}),
    "15 the same after the last anchor": Case(rewrite_the_tail_with_the_stolen_key, set(), set()),
    "16 fork": Case(lambda a, s: a.copy_row(35, 35), {"dup"}, {"dup"}),
    "17 transplant": Case(transplant, {"foreign-org", "link"}, {"foreign-org", "link"}),
    "18 older backup": Case(lambda a, s: a.truncate(20, checkpoints=True), set(), {"anchor-ahead"}),
    "19 older backup, then go on": Case(restore_and_go_on, set(), {"anchor-root"}),
    "20 alter a private part": Case(alter_a_private_part, {"private-altered"}, {"private-altered"}),
    "21 delete a private part": Case(
        delete_a_private_part, {"private-missing-unexplained"}, {"private-missing-unexplained"}
    ),
    "24 clock set back": Case(set_the_clock_back, {"clock-back"}, {"clock-back"}),
    "25 lie about the time": Case(lie_about_the_time, {"skew"}, {"skew"}),
    "26 replay": Case(replay, {"dup-id"}, {"dup-id"}),
    # A bundle carries no filter columns, hence nothing of this attack.
    "27 edit a filter column": Case(
        lambda a, s: a.run("UPDATE audit_event SET event_type = 'x' WHERE org_id = $ORG AND seq = 35"),
        {"projection"},
        {"projection"},
        set(),
    ),
    "36 a note about another log": Case(sign_another_log, {"checkpoint-origin"}, {"checkpoint-origin"}),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_table(name: str, scene: Scene, adversary: Adversary) -> None:
    case = TABLE[name]
    case.attack(adversary, scene)
    walk, anchored, offline = scene.verdicts()
    assert walk == case.walk
    assert anchored == case.anchored
    assert offline == (case.anchored if case.offline is None else case.offline)


def test_a_bundle_from_before_convicts_the_database_after(scene: Scene, adversary: Adversary) -> None:
    """The stolen key convinces the database; whoever kept an export still has the truth."""
    kept = scene.folder / "kept.zip"
    with snapshot():
        BundleWriter(scene.org, kept).write()
    rewrite_and_sign_with_the_stolen_key(adversary, scene)
    assert scene.verdicts()[0] == set()
    with zipfile.ZipFile(kept) as archive:
        notes = promptguard_verify.split_notes(archive.read("checkpoints.txt").decode())
    with snapshot():
        report = verify_organization(scene.org, tenant_held(notes))
    assert report.codes() == {"anchor-root"}


def tenant_held(notes: list[str]) -> AnchorEvidence:
    evidence = AnchorEvidence([])
    evidence.notes = lambda organization_id: notes  # type: ignore[method-assign]
    return evidence


def test_35_a_detached_partition_is_missed(scene: Scene, adversary: Adversary) -> None:
    """Detaching a month that is not due takes it away from everybody; triggers say nothing."""
    partition = f"audit_event_365d_{datetime.now(UTC):%Y%m}"
    (bounds,) = adversary.one(
        f"SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = '{partition}'"
    )
    adversary.run(f"ALTER TABLE audit_event_365d DETACH PARTITION {partition}")
    walk, anchored, offline = scene.verdicts()
    adversary.run(f"ALTER TABLE audit_event_365d ATTACH PARTITION {partition} {bounds}")
    assert walk == {"head", "checkpoint-ahead"}
    assert anchored == offline == {"head", "checkpoint-ahead", "anchor-ahead"}
    assert scene.verdicts() == (set(), set(), set())


def test_46_a_moving_tail_is_no_alarm(scene: Scene) -> None:
    """The verifier looks at one moment of the database while others go on writing."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            scene.append(1, 5)
        close_connections()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(10):
            with snapshot():
                assert verify_organization(scene.org).codes() == set()
    finally:
        stop.set()
        writer.join()


def test_47_an_unsealed_event_that_vanishes_is_not_in_the_chain(scene: Scene, adversary: Adversary) -> None:
    """Integrity is not completeness: the receipt that the client kept is the only witness."""
    with organization_scope(scene.org):
        receipt = record(Action.PROJECT_UPDATED, caller=scene.caller)
    adversary.run("DELETE FROM audit_inbox WHERE org_id = $ORG")
    scene.append(1, 2)
    assert scene.verdicts() == (set(), set(), set())
    assert await_seal(receipt, timeout_seconds=0) is None
