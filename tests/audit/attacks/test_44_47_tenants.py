"""Rows 44 to 47: other tenants, a view forked for one of them, a tail that moves, and what no chain can know."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from audit import promptguard_verify, proofs
from audit.actions import Action
from audit.checkpoints import origin_of
from audit.notes import checkpoint
from audit.promptguard_verify import Keyring
from audit.sealing import seal_batch
from audit.selectors import event_named
from audit.services import await_seal, record
from audit.tree import leaf
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from compliance import working
from compliance.services import people
from organizations.roles import Role
from promptguard.core.tenancy import organization_scope
from tests.audit.adversary import Adversary
from tests.audit.attacks.scene import CLEAN, Scene, seal_everything
from tests.conftest import close_connections
from tests.people import Tenant, found_tenant


@pytest.fixture(scope="module")
def tenants(database: str) -> tuple[Tenant, Tenant]:
    return (
        found_tenant("Acme", "acme-attacks", {"Olivia": Role.OWNER, "Mia": Role.MEMBER}),
        found_tenant("Globex", "globex-attacks", {"Mallory": Role.OWNER}),
    )


def scene_of(tenant: Tenant, scene: Scene) -> Scene:
    """The tenant's own chain, signed and anchored beside the others."""
    seal_everything()
    found = Scene(tenant.owner.caller, scene.anchors, scene.folder)
    found.append(1, 10)
    found.sign("file")
    return found


def test_44_another_tenant_finds_nothing(tenants: tuple[Tenant, Tenant], scene: Scene) -> None:
    """Others' numbers, ids, proofs, sizes and tiles, in every way to ask for them."""
    acme, globex = tenants
    theirs, own = scene_of(acme, scene), scene_of(globex, scene)
    theirs.append(11, 60)
    with organization_scope(theirs.org):
        receipt = record(Action.PROJECT_UPDATED, caller=theirs.caller)
    seal_everything()
    seq = await_seal(receipt)
    mallory = globex.owner.client()
    foreign = {"X-Organization-Id": str(theirs.org)}
    for path in (
        f"events/{receipt.event_id}",
        f"events/{receipt.event_id}/proof",
        f"events/{seq}",
        f"events/{seq}/proof",
        f"consistency?from=1&to={seq}",
        "tile/1/000",
        "tile/0/000",
    ):
        assert mallory.get(f"/dashboard/audit/{path}").status_code == 404, path
    for door in ("events", "checkpoint", "consistency?from=1"):
        assert mallory.get(f"/dashboard/audit/{door}", headers=foreign).status_code in {400, 403, 404}, door
    shown = mallory.get("/dashboard/audit/events?limit=1000").content.decode()
    assert str(theirs.org) not in shown and str(receipt.event_id) not in shown
    for one in (theirs, own):
        one.sign("file")
        assert one.verdicts() == CLEAN


def test_44_an_export_is_its_owner_s_and_its_link_works_once(
    tenants: tuple[Tenant, Tenant], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, globex = tenants
    monkeypatch.setattr(people, "SMALL_EXPORT", 0)
    mia = acme.people["Mia"].client()
    asked = mia.post("/dashboard/compliance/data-export").json()
    working.work_on(asked["id"])
    link = f"{asked['status_url']}/link"
    strangers: list[Client] = [globex.owner.client(), acme.owner.client()]
    for stranger in strangers:
        assert stranger.get(asked["status_url"]).status_code == 404
        assert stranger.post(link).status_code == 404
    url = mia.post(link).json()["url"]
    assert [stranger.get(url).status_code for stranger in strangers] == [404, 404]
    download = mia.get(url)
    assert download.status_code == 200
    download.close()
    assert mia.get(url).status_code == 404
    seal_everything()
    own = scene_of(acme, scene)
    assert own.verdicts() == CLEAN


def test_45_a_view_forked_for_one_tenant(scene: Scene, adversary: Adversary) -> None:
    """The operator, with the key, shows one tenant a log of its own: it is not in the log that everybody shares."""
    root, head = adversary.one(
        "SELECT root, head_hash FROM audit_checkpoint WHERE org_id = $ORG AND size = 60"
    )
    said = checkpoint(origin_of(scene.org, 1), 60, bytes(reversed(root)), bytes(head), datetime.now(UTC))
    forked = adversary.stolen.sign(said.body())
    assert Keyring(pinned=[str(adversary.stolen.verifier)]).signer(forked)  # the signature alone convinces
    with organization_scope(scene.org):
        true = proofs.presented_checkpoint(_checkpoint(scene, 60))
    assert _leads_to_the_shared_log(scene, true["note"], true["log"])
    assert not _leads_to_the_shared_log(scene, forked, true["log"])
    with snapshot():  # and whoever brings the forked note to the true log sees that they differ
        assert verify_organization(scene.org, tenant_held([forked])).codes() == {"anchor-root"}
    assert scene.verdicts() == CLEAN


def _checkpoint(scene: Scene, size: int) -> Any:
    found = proofs.checkpoint_of(scene.caller, 1, size)
    assert found is not None
    return found


def _leads_to_the_shared_log(scene: Scene, note: str, log: dict[str, Any]) -> bool:
    value = bytes.fromhex(log["salt"]) + scene.org.bytes + note.encode()
    path = [bytes.fromhex(step) for step in log["path"]]
    root = promptguard_verify.included(log["index"], log["size"], leaf(value), path)
    return bool(root == promptguard_verify.parse_checkpoint(log["note"])["root"])


def tenant_held(notes: list[str]) -> AnchorEvidence:
    evidence = AnchorEvidence([])
    evidence.notes = lambda organization_id: notes  # type: ignore[method-assign]
    return evidence


def test_46_a_moving_tail_is_no_alarm(scene: Scene) -> None:
    """The verifier looks at one moment of the database while others go on writing, sealing and signing."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            scene.append(1, 5)
            scene.sign("file")
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
    assert scene.verdicts() == CLEAN


def test_47_an_unsealed_event_that_vanishes_is_not_in_the_chain(scene: Scene, adversary: Adversary) -> None:
    """Integrity is not completeness: the receipt that the client kept is the only witness."""
    with organization_scope(scene.org):
        receipt = record(Action.PROJECT_UPDATED, caller=scene.caller)
    adversary.run("DELETE FROM audit_inbox WHERE org_id = $ORG")
    scene.append(1, 2)
    assert scene.verdicts() == CLEAN
    assert seal_batch() == 0
    assert await_seal(receipt, timeout_seconds=0) is None
    with organization_scope(scene.org):
        assert event_named(scene.caller, str(receipt.event_id)) is None
