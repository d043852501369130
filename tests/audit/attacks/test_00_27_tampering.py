"""Rows 00 to 21 and 24 to 27: whoever may change everything in the database is found out; 08 and 15 say by design not."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from audit import promptguard_verify
from audit.actions import Action
from audit.bundles import BundleWriter
from audit.envelope import INBOX_COLUMNS, Envelope
from audit.interactions import system_event
from audit.sealing import seal_batch
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from promptguard.core.tenancy import platform_scope
from tests.audit.adversary import UNKNOWN_KEY, Adversary
from tests.audit.attacks.scene import Scene, Verdicts
from tests.audit.conftest import person

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
    # Undetectable by design: nobody has seen these four events signed. The receipt of `await_seal` would expose it.
    "08 truncate what nobody has seen": Case(lambda a, s: a.truncate(61), set(), set()),
    "09 truncate past an anchor": Case(
        lambda a, s: a.truncate(30, checkpoints=True), set(), {"anchor-ahead"}
    ),
    "10 wipe everything": Case(wipe, set(), {"anchor-ahead"}),
    "11 delete the first rows": Case(
        lambda a, s: a.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq <= 20"), {"gap"}, {"gap"}
    ),
    "11 and pretend retention": Case(pretend_retention, {"prune-unproven"}, {"prune-unproven"}),
    "13 rehash, sign with an unknown key": Case(
        rewrite_and_sign_with_an_unknown_key,
        {"checkpoint-signature"},
        {"checkpoint-signature", "anchor-root"},
    ),
    "14 rehash, sign with the stolen key": Case(rewrite_and_sign_with_the_stolen_key, set(), {"anchor-root"}),
    # Undetectable by design: the interval between anchors is the exposure. A checkpoint that a tenant kept exposes it.
    "15 the same after the last anchor": Case(rewrite_the_tail_with_the_stolen_key, set(), set()),
    # The table's own key refuses the same row; with another moment of sealing a superuser gets it in.
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
}


@pytest.mark.parametrize("name", TABLE)
def test_the_table(name: str, scene: Scene, adversary: Adversary) -> None:
    case = TABLE[name]
    case.attack(adversary, scene)
    offline = case.anchored if case.offline is None else case.offline
    assert scene.verdicts() == Verdicts(case.walk, case.anchored, offline)


def test_a_bundle_from_before_convicts_the_database_after(scene: Scene, adversary: Adversary) -> None:
    """The stolen key convinces the database; whoever kept an export still has the truth."""
    kept = scene.folder / "kept.zip"
    with snapshot():
        BundleWriter(scene.org, kept).write()
    rewrite_and_sign_with_the_stolen_key(adversary, scene)
    assert scene.verdicts().walk == set()
    with zipfile.ZipFile(kept) as archive:
        notes = promptguard_verify.split_notes(archive.read("checkpoints.txt").decode())
    with snapshot():
        report = verify_organization(scene.org, tenant_held(notes))
    assert report.codes() == {"anchor-root"}


def tenant_held(notes: list[str]) -> AnchorEvidence:
    evidence = AnchorEvidence([])
    evidence.notes = lambda organization_id: notes  # type: ignore[method-assign]
    return evidence
