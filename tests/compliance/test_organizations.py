"""Everything an organization has here: exported for its owner, and gone when its days of grace are over."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.holds import place_hold
from audit.models import AuditEvent, DataSubject
from audit.sealing import seal_batch
from compliance import certificates, notices, tasks, working
from compliance.holdings import organization_rows
from compliance.models import PrivacyRequest
from organizations.models import Organization, User
from promptguard.core.jobs.running import drain
from promptguard.core.privacy import declared
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.compliance.lives import bulk_interactions, pg_dump, rich_life
from tests.people import Tenant, api_client, found_globex

PHRASE = {"confirmation": "DELETE MY DATA"}
EXPORT = "/dashboard/compliance/organization-export"
DELETION = "/dashboard/compliance/organization-deletion"


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


def rows_left(tenant: Tenant) -> dict[str, int]:
    with platform_scope():
        counts = {
            label: organization_rows(holding, (tenant.organization.id,)).count()
            for label, holding in declared().items()
            if not label.startswith(("audit.", "core.Job"))
        }
    return {label: count for label, count in counts.items() if count}


def recorded(tenant: Tenant) -> list[str]:
    seal_batch()
    with organization_scope(tenant.organization.id):
        events = AuditEvent.all_tenants.filter(organization_id=tenant.organization.id).order_by("seq")
        return list(events.values_list("event_type", flat=True))


def grace_is_over(tenant: Tenant) -> None:
    past = timezone.now() - timedelta(seconds=1)
    with organization_scope(tenant.organization.id):
        Organization.objects.update(closing_at=past)
    PrivacyRequest.objects.filter(subject_id=tenant.organization.id).update(execute_after=past)


def work_it_out() -> None:
    tasks.work()
    drain("default")


def test_an_owner_gets_everything_and_no_secret(live_acme: Tenant) -> None:
    globex = found_globex()
    rich_life(live_acme, [globex], interactions=5, events=3)
    bulk_interactions(globex, 3, end_user="globex's own")
    client = live_acme.olivia.client()
    asked = post(client, EXPORT)
    assert asked.status_code == 202
    work_it_out()
    status = client.get(asked.json()["status_url"]).json()
    assert status["status"] == "done", status
    link = post(client, asked.json()["status_url"] + "/link")
    package = client.get(link.json()["url"])
    with zipfile.ZipFile(io.BytesIO(package.getvalue())) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        text = b"".join(archive.read(name) for name in archive.namelist())
        people = [json.loads(line) for line in archive.read("data/people.ndjson").splitlines()]
    package.close()
    assert manifest["rows"]["interactions"] == 5
    assert manifest["rows"]["audit_events"] >= 5
    assert {person["email"] for person in people} == {each.user.email for each in live_acme.people.values()}
    assert set(manifest["models"]) == set(declared())
    assert b"globex's own" not in text
    assert live_acme.key_text.encode() not in text
    for secret in (b"secret_hash", b"token_hash", b"wrapped_dek", b'"password"'):
        assert secret not in text
    assert client.get(link.json()["url"]).status_code == 404
    assert [name for name in recorded(live_acme) if name.startswith("data.")] == [
        "data.export_requested", "data.exported", "data.export_fetched",
    ]  # fmt: skip


def test_after_the_days_of_grace_nothing_is_left_but_the_chain(live_acme: Tenant, live_database: str) -> None:
    globex = found_globex()
    rich_life(live_acme, [globex], interactions=5, events=3)
    owner, others = live_acme.olivia.client(), rows_left(globex)
    asked = post(owner, DELETION, PHRASE)
    assert asked.status_code == 202
    work_it_out()
    assert owner.get(asked.json()["status_url"]).json()["status"] == "waiting"
    assert rows_left(live_acme)["guard.Interaction"] == 5
    grace_is_over(live_acme)
    work_it_out()
    request = PrivacyRequest.objects.get(id=asked.json()["id"])
    assert (request.state, request.explanation) == ("done", "")
    assert rows_left(live_acme) == {}
    assert rows_left(globex) == others
    assert b"session of mia" not in pg_dump(live_database)
    with platform_scope():
        assert not DataSubject.all_tenants.filter(organization_id=live_acme.organization.id).exists()
        assert User.objects.filter(email="mia@acme.example").exists()
    said = certificates.verify(request.certificate)
    assert said["scope"] == ["organization"]
    assert certificates.is_about(request.certificate, live_acme.organization.id)
    kinds = recorded(live_acme)
    assert kinds.index(Action.ORGANIZATION_CLOSED) < kinds.index(Action.ERASURE_REQUESTED)
    assert kinds.index(Action.ERASURE_REQUESTED) < kinds.index(Action.PRIVACY_ERASED) < len(kinds) - 1
    assert kinds[-1] == Action.ERASURE_COMPLETED
    call_command("verify_audit_chain", verbosity=0)
    letter = mail.outbox[-1]
    assert (letter.to, letter.attachments[0][0]) == (["olivia@acme.example"], "certificate.txt")
    assert request.certificate == letter.attachments[0][1]
    assert api_client().get(asked.json()["certificate_url"]).json()["certificate"] == request.certificate


def test_the_door_of_the_organization_leads_to_the_same_end(live_acme: Tenant) -> None:
    url = f"/dashboard/organizations/{live_acme.organization.id}"
    closed = live_acme.olivia.client().delete(url, {"confirmation": "acme"}, content_type="application/json")
    assert closed.status_code == 202, closed.content
    work_it_out()
    assert not PrivacyRequest.objects.exists()
    grace_is_over(live_acme)
    work_it_out()
    work_it_out()
    assert PrivacyRequest.objects.get().state == "done"
    assert rows_left(live_acme) == {}
    with platform_scope():
        assert not Organization.objects.filter(slug="acme").exists()


def test_it_can_be_taken_back_by_either_door(live_acme: Tenant) -> None:
    client = live_acme.olivia.client()
    asked = post(client, DELETION, PHRASE).json()
    assert client.delete(asked["status_url"]).json()["status"] == "cancelled"
    with platform_scope():
        assert Organization.objects.get(slug="acme").closing_at is None
    asked = post(client, DELETION, PHRASE).json()
    assert post(client, f"/dashboard/organizations/{live_acme.organization.id}/reopen").status_code == 200
    PrivacyRequest.objects.filter(id=asked["id"]).update(execute_after=timezone.now())
    work_it_out()
    assert client.get(asked["status_url"]).json()["status"] == "cancelled"
    assert "guard.Interaction" not in rows_left(live_acme) and rows_left(live_acme)


def test_a_hold_keeps_the_organization(live_acme: Tenant) -> None:
    with organization_scope(live_acme.organization.id):
        place_hold(caller=live_acme.owner.caller, reason="litigation")
    asked = post(live_acme.olivia.client(), DELETION, PHRASE).json()
    grace_is_over(live_acme)
    work_it_out()
    assert PrivacyRequest.objects.get(id=asked["id"]).state == "blocked"
    assert rows_left(live_acme)


def test_a_mail_server_that_is_away_delays_the_letter_only(
    live_acme: Tenant, live_database: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    asked = post(live_acme.mia.client(), "/dashboard/compliance/data-deletion", PHRASE).json()
    work_it_out()
    request = PrivacyRequest.objects.get(id=asked["id"])
    assert (request.state, request.subject is None) == ("done", False)
    assert b"mia@acme.example" not in pg_dump(live_database)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox.clear()
    assert notices.tell_finished() == 1
    assert mail.outbox[0].to == ["mia@acme.example"]
    assert asked["certificate_url"].partition("receipt=")[2] in mail.outbox[0].body
    assert PrivacyRequest.objects.get(id=asked["id"]).subject is None
    assert notices.tell_finished() == 0


def test_an_erasure_waits_for_nobody_else_s_hold(live_acme: Tenant) -> None:
    """A hold that comes after one announcement must not stop every other erasure."""
    from audit.erasure import announce_erasure, carry_out_erasures

    rich_life(live_acme, [], interactions=1, events=1)
    with organization_scope(live_acme.organization.id):
        announce_erasure(caller=live_acme.owner.caller, user_id=live_acme.adam.user.id)
        place_hold(caller=live_acme.owner.caller, reason="late", user_id=live_acme.adam.user.id)
    asked = post(live_acme.mia.client(), "/dashboard/compliance/data-deletion", PHRASE).json()
    assert working.work_on(asked["id"]).state == "done"
    assert carry_out_erasures() == 0
