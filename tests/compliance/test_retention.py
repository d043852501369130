"""Retention: what organizations may choose, what goes, what a hold keeps, and that a killed purge counts nothing twice."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from audit.holds import place_hold
from compliance import tasks
from compliance.holds import services as holds
from compliance.retention import purging
from compliance.retention.purging import Purge
from organizations.models import AuthSession, Invitation
from promptguard.core.jobs import running
from promptguard.core.jobs.models import Job
from promptguard.core.privacy import lifetimes
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard.engine import Content, Direction, Message
from promptguard.guard.models import Feedback, Interaction, VaultedValue
from promptguard.guard.services import Attribution, screen
from tests.people import Tenant
from tests.surface import a_directory_request, a_feedback, a_token, a_tool_call, an_invitation

TERMS = "/dashboard/compliance/retention"
NOW = datetime.now(UTC)


def patch(tenant: Tenant, body: Any) -> Any:
    return tenant.owner.client().patch(TERMS, json.dumps(body), content_type="application/json")


def kind(tenant: Tenant, name: str) -> dict[str, Any]:
    kinds = tenant.owner.client().get(TERMS).json()["kinds"]
    return next(each for each in kinds if each["kind"] == name)


def interactions(tenant: Tenant, count: int, days_ago: int, end_user: str = "guest") -> None:
    at = NOW - timedelta(days=days_ago)
    for number in range(count):
        with organization_scope(tenant.organization.id):
            screen(
                caller=tenant.key_caller,
                project=tenant.project,
                content=Content((Message("user", f"What are the opening hours? {number}"),), Direction.INPUT),
                attribution=Attribution("guard", end_user=end_user),
                created_at=at + timedelta(seconds=number),
            )


def left(tenant: Tenant) -> int:
    with organization_scope(tenant.organization.id):
        return Interaction.objects.for_caller(tenant.owner.caller).count()


def purge(**options: Any) -> dict[str, int]:
    return Purge({}, rest=lambda seconds: None, **options).run()


def test_an_organization_chooses_within_its_plan(acme: Tenant) -> None:
    changed = patch(acme, {"days": {"interactions": 30, "tool_calls": 7}, "audit_class": "3y"})
    assert changed.status_code == 200, changed.content
    assert kind(acme, "interactions")["effective_days"] == 30
    assert kind(acme, "interaction_content")["effective_days"] == 30  # nothing is kept of what is gone
    assert kind(acme, "tool_calls") | {"meaning": ""} == {
        "kind": "tool_calls",
        "meaning": "",
        "days": 7,
        "effective_days": 7,
        "maximum_days": None,
        "is_settable": True,
    }
    assert acme.owner.client().get(TERMS).json()["audit_events"]["retention_class"] == "3y"
    assert patch(acme, {"days": {"tool_calls": None}}).status_code == 200
    assert kind(acme, "tool_calls")["days"] is None
    with platform_scope():
        acme.organization.plan = "pro"
        acme.organization.save(update_fields=["plan"])
    assert kind(acme, "interactions")["effective_days"] == 7
    assert patch(acme, {"days": {"interaction_content": 8}}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"days": {"nothing": 3}},
        {"days": {"vaulted_values": 3}},
        {"days": {"interactions": 0}},
        {"days": {"interactions": 10**9}},
        {"days": {"webhook_deliveries": 366}},
        {"days": [1]},
        {"audit_class": "1d"},
    ],
)
def test_what_cannot_be_chosen(acme: Tenant, body: Any) -> None:
    assert patch(acme, body).status_code == 422


def test_one_wrong_kind_changes_nothing(acme: Tenant) -> None:
    assert patch(acme, {"days": {"interactions": 30, "nothing": 3}}).status_code == 422
    assert kind(acme, "interactions")["days"] is None


def test_what_is_old_goes_and_the_rest_stays(acme: Tenant, globex: Tenant) -> None:
    for tenant in (acme, globex):
        interactions(tenant, 5, days_ago=40)
        interactions(tenant, 2, days_ago=1)
    assert patch(acme, {"days": {"interactions": 30}}).status_code == 200
    previewed = acme.owner.client().get(f"{TERMS}/preview").json()["kinds"]
    assert {(row["kind"], row["rows"], row["held"]) for row in previewed if row["rows"]} == {
        ("interaction_content", 5, 0),
        ("interactions", 5, 0),
    }
    assert purge(chunk=2)["interactions"] == 5
    assert (left(acme), left(globex)) == (2, 7)
    assert purge() == {}


def test_what_people_said_about_it_goes_too(acme: Tenant) -> None:
    a_feedback(acme)
    patch(acme, {"days": {"interactions": 1}})
    with organization_scope(acme.organization.id):
        Interaction.objects.for_caller(acme.owner.caller).update(created_at=NOW - timedelta(days=3))
    assert purge()["interactions"] == 1
    with organization_scope(acme.organization.id):
        assert not Feedback.objects.for_caller(acme.owner.caller).exists()


def test_content_goes_first_and_the_decision_stays_provable(acme: Tenant) -> None:
    interactions(acme, 3, days_ago=10)
    patch(acme, {"days": {"interaction_content": 7}})
    assert purge() == {"interaction_content": 3}
    with organization_scope(acme.organization.id):
        for row in Interaction.objects.for_caller(acme.owner.caller):
            assert (row.content, row.salt, row.end_user, row.ip, row.session_id) == (None, None, "", None, "")
            assert row.integrity_hash
            assert row.texts == []


def test_a_hold_keeps_everything_or_one_person_s_or_one_span(acme: Tenant) -> None:
    interactions(acme, 2, days_ago=40)
    interactions(acme, 3, days_ago=40, end_user="mia@acme.example")
    interactions(acme, 4, days_ago=60)
    interactions(acme, 5, days_ago=40, end_user="Visitor-7")
    patch(acme, {"days": {"interactions": 30}})
    owner, client = acme.owner.caller, acme.owner.client()
    with organization_scope(acme.organization.id):
        place_hold(caller=owner, reason="case 1", user_id=acme.mia.user.id)
        holds.place(caller=owner, reason="case 4", end_user="visitor-7")
        place_hold(
            caller=owner,
            reason="case 2",
            since=NOW - timedelta(days=61),
            until=NOW - timedelta(days=59),
        )
    (row,) = (
        each for each in client.get(f"{TERMS}/preview").json()["kinds"] if each["kind"] == "interactions"
    )
    assert (row["rows"], row["held"]) == (2, 12)
    assert purge()["interactions"] == 2
    assert left(acme) == 12
    with organization_scope(acme.organization.id):
        place_hold(caller=owner, reason="case 3")
    interactions(acme, 1, days_ago=50)
    assert "interactions" not in purge()


def test_the_other_tables_do_not_grow_for_ever(acme: Tenant, settings: LazySettings) -> None:
    acme.owner.token()
    for grow in (a_tool_call, a_token, a_directory_request, an_invitation):
        grow(acme)
    later = timezone.now() + timedelta(days=800)
    run = Purge({"now": later.isoformat()}, rest=lambda seconds: None)
    gone = run.run()
    assert {"tool_calls", "vaulted_values", "directory_requests", "invitations", "sessions"} <= set(gone)
    with platform_scope():
        assert not AuthSession.objects.exists()
        assert not VaultedValue.all_tenants.exists()
        assert not Invitation.all_tenants.exists()


def test_sessions_of_held_people_stay(acme: Tenant) -> None:
    for person in (acme.mia, acme.vic):
        person.token()
    with organization_scope(acme.organization.id):
        place_hold(caller=acme.owner.caller, reason="case", user_id=acme.mia.user.id)
    Purge({"now": (timezone.now() + timedelta(days=200)).isoformat()}, rest=lambda seconds: None).run()
    assert set(AuthSession.objects.values_list("user_id", flat=True)) == {acme.mia.user.id}


def test_every_kind_names_a_model_with_those_columns() -> None:
    from django.apps import apps

    for lifetime in lifetimes().values():
        model = apps.get_model(lifetime.model)
        columns = {field.name for field in model._meta.concrete_fields}
        assert {lifetime.since, *lifetime.clears} <= columns
        assert lifetime.meaning.endswith(".")


class Killed(BaseException):
    """What a SIGKILL looks like from inside."""


@pytest.mark.parametrize("survives", range(6))
def test_a_purge_killed_between_any_chunks_goes_on_and_counts_nothing_twice(
    live_acme: Tenant, survives: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    interactions(live_acme, 7, days_ago=40)
    interactions(live_acme, 5, days_ago=25)
    patch(live_acme, {"days": {"interactions": 30, "interaction_content": 20}})
    monkeypatch.setattr(purging, "CHUNK", 3)
    tasks.start_purge()
    seen = 0
    original = running.Run.checkpoint

    def dies(self: running.Run, **progress: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > survives + 8:  # the platform's kinds come first
            raise Killed
        original(self, **progress)

    monkeypatch.setattr(running.Run, "checkpoint", dies)
    with pytest.raises(Killed):
        running.drain("default")
    connection.close()
    monkeypatch.setattr(running.Run, "checkpoint", original)
    running.drain("default", clock=lambda: timezone.now() + timedelta(minutes=5))
    with platform_scope():
        job = Job.objects.get(task="retention.purge")
        assert job.status == Job.Status.DONE
        assert job.state["total"] == {"interaction_content": 5, "interactions": 7}
        with connection.cursor() as cursor:
            cursor.execute("SELECT canonical FROM audit_event WHERE event_type = 'data.purged'")
            said = [json.loads(bytes(row[0]))["pub"]["details"]["rows"] for row in cursor.fetchall()]
    assert sorted(map(sorted, map(dict.items, said))) == [
        [("interaction_content", 2)],
        [("interaction_content", 3)],
        [("interactions", 1)],
        [("interactions", 3)],
        [("interactions", 3)],
    ]
    assert left(live_acme) == 5


def test_a_purge_waits_for_nobody(live_acme: Tenant) -> None:
    """A row that somebody has locked stays until the next run."""
    interactions(live_acme, 3, days_ago=40)
    patch(live_acme, {"days": {"interactions": 30, "interaction_content": None}})
    with platform_scope("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT id FROM guard_interaction ORDER BY created_at LIMIT 1 FOR UPDATE")
        assert purge()["interactions"] == 2
    assert purge()["interactions"] == 1


def test_the_command_says_what_would_go_and_then_does_it(
    live_acme: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    interactions(live_acme, 4, days_ago=40)
    patch(live_acme, {"days": {"interactions": 30}})

    def run(*arguments: str) -> dict[str, Any]:
        call_command("purge_expired", *arguments, "--json")
        return json.loads(capsys.readouterr().out)

    planned = run("--dry-run")
    assert {row["kind"]: row["rows"] for row in planned["organizations"]["acme"]}["interactions"] == 4
    assert left(live_acme) == 4
    assert run("--org", "acme")["rows"]["interactions"] == 4
    call_command("purge_expired")
    assert "rows: {}" in capsys.readouterr().out
    call_command("verify_audit_chain", verbosity=0)
