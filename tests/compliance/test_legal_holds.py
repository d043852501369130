"""Legal holds: who may place them, what they stop, and that their end lets everything go on."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit.models import LegalHold
from compliance import working
from compliance.models import HeldEndUser, PrivacyRequest
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard.models import Interaction
from tests.compliance.lives import bulk_interactions
from tests.people import Tenant

HOLDS = "/dashboard/compliance/legal-holds"


def post(client: Any, path: str, body: Any) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def test_a_hold_is_placed_listed_and_released(acme: Tenant) -> None:
    adam = acme.adam.client()
    ends_at = timezone.now() + timedelta(days=30)
    placed = post(
        adam, HOLDS, {"reason": "case 7", "user_id": str(acme.mia.user.id), "ends_at": ends_at.isoformat()}
    )
    assert placed.status_code == 201, placed.content
    hold = placed.json()
    assert (hold["status"], hold["reason"], hold["user_id"]) == (
        "in_force",
        "case 7",
        str(acme.mia.user.id),
    )
    assert hold["placed_by"] == str(acme.adam.user.id)
    listed = adam.get(HOLDS, {"status": "in_force"}).json()["results"]
    assert [each["id"] for each in listed] == [hold["id"]]
    released = post(adam, f"{HOLDS}/{hold['id']}/release", {"reason": "settled"})
    assert (released.status_code, released.json()["status"]) == (200, "released")
    assert post(adam, f"{HOLDS}/{hold['id']}/release", {"reason": "again"}).status_code == 404
    assert adam.get(HOLDS, {"status": "in_force"}).json()["results"] == []
    assert len(adam.get(HOLDS, {"status": "released"}).json()["results"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "   "},
        {"reason": "x" * 501},
        {"reason": "case", "ends_at": "2020-01-01T00:00:00Z"},
        {"reason": "case", "since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"reason": "case", "user_id": "nobody"},
        {"reason": "case", "end_user": ""},
        {"reason": "case", "end_user": "x" * 256},
        {"reason": "case", "end_user": "guest", "user_id": "0198f3a0-0000-7000-8000-000000000000"},
    ],
)
def test_what_makes_no_hold(acme: Tenant, body: Any) -> None:
    assert post(acme.owner.client(), HOLDS, body).status_code == 422
    with organization_scope(acme.organization.id):
        assert not LegalHold.objects.for_caller(acme.owner.caller).exists()


def test_somebody_else_s_person_is_unknown_and_members_may_not(acme: Tenant, globex: Tenant) -> None:
    body = {"reason": "case", "user_id": str(globex.mallory.user.id)}
    assert post(acme.owner.client(), HOLDS, body).status_code == 404
    assert post(acme.mia.client(), HOLDS, {"reason": "case"}).status_code == 403


def test_an_old_session_cannot_release(acme: Tenant) -> None:
    from organizations.models import AuthSession

    client = acme.owner.client()
    hold = post(client, HOLDS, {"reason": "case"}).json()["id"]
    AuthSession.objects.update(authenticated_at=timezone.now() - timedelta(hours=1))
    refused = post(client, f"{HOLDS}/{hold}/release", {"reason": "quietly"})
    assert (refused.status_code, refused.json()["code"]) == (403, "reauthentication_required")


def test_a_held_person_is_not_erased_until_the_release(live_acme: Tenant) -> None:
    owner = live_acme.owner.client()
    hold = post(owner, HOLDS, {"reason": "case 7", "user_id": str(live_acme.mia.user.id)}).json()["id"]
    asked = post(
        live_acme.mia.client(), "/dashboard/compliance/data-deletion", {"confirmation": "DELETE MY DATA"}
    )
    request = working.work_on(asked.json()["id"])
    assert (request.state, "legal hold" in request.explanation) == ("blocked", True)
    assert post(owner, f"{HOLDS}/{hold}/release", {"reason": "settled"}).status_code == 200
    assert working.work_on(request.id).state == "done"


def test_a_held_end_user_is_not_erased_until_the_release(live_acme: Tenant) -> None:
    bulk_interactions(live_acme, 2, end_user="user-1")
    bulk_interactions(live_acme, 2, end_user="user-2")
    officer = live_acme.owner.client()
    hold = post(officer, HOLDS, {"reason": "case 8", "end_user": "user-1"}).json()
    assert (hold["end_user"], hold["user_id"]) == ("user-1", None)
    for label, state in (("user-1", "blocked"), ("user-2", "done")):
        body = {"end_user": label, "confirmation": "DELETE MY DATA"}
        asked = post(officer, "/dashboard/compliance/end-user-deletion", body).json()
        assert working.work_on(asked["id"]).state == state
    released = post(officer, f"{HOLDS}/{hold['id']}/release", {"reason": "settled"}).json()
    assert (released["status"], released["end_user"]) == ("released", None)
    request = PrivacyRequest.objects.get(state="blocked")
    assert working.work_on(request.id).state == "done"
    with platform_scope():
        assert not HeldEndUser.all_tenants.exists()
        assert not Interaction.all_tenants.exclude(end_user="").exists()


def test_the_hold_on_a_label_holds_whoever_has_it_as_an_address(live_acme: Tenant) -> None:
    post(live_acme.owner.client(), HOLDS, {"reason": "case 9", "end_user": "MIA@acme.example"})
    asked = post(
        live_acme.mia.client(), "/dashboard/compliance/data-deletion", {"confirmation": "DELETE MY DATA"}
    )
    assert working.work_on(asked.json()["id"]).state == "blocked"


def test_the_label_is_in_no_event(acme: Tenant) -> None:
    post(acme.owner.client(), HOLDS, {"reason": "case 10", "end_user": "guest-4711"})
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT convert_from(canonical, 'UTF8') FROM audit_inbox WHERE event_type = 'legal_hold.placed'"
        )
        (event,) = cursor.fetchone()
    assert "subject_ref" in event and "guest-4711" not in event


def test_the_command(acme: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> dict[str, Any]:
        call_command("legal_hold", *arguments, "--org", "acme", "--json")
        return json.loads(capsys.readouterr().out)

    wanted = ("place", "--reason", "case 9", "--subject", "mia@acme.example")
    assert run(*wanted, "--dry-run") == {"dry_run": True, "holds": []}
    assert run("list")["holds"] == []
    (hold,) = run(*wanted, "--ends-at", "2031-01-01")["holds"]
    assert hold["user_id"] == str(acme.mia.user.id)
    assert run("release", hold["id"], "--reason", "settled", "--dry-run")["holds"][0]["status"] == "in_force"
    assert [each["id"] for each in run("list")["holds"]] == [hold["id"]]
    assert run("release", hold["id"], "--reason", "settled")["holds"][0]["status"] == "released"
    (guest,) = run("place", "--reason", "case 11", "--end-user", "guest")["holds"]
    assert (guest["end_user"], guest["user_id"]) == ("guest", None)
    call_command("legal_hold", "list", "--org", "acme", "--status", "released")
    assert "case 9" in capsys.readouterr().out
    for wrong in (
        ["release", hold["id"], "--reason", "again", "--org", "acme"],
        ["place", "--reason", "x", "--org", "nowhere"],
        ["place", "--reason", "x", "--org", "acme", "--subject", "nobody@acme.example"],
    ):
        with pytest.raises(CommandError):
            call_command("legal_hold", *wrong)
