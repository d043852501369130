"""COMPLIANCE_MODE: each line of README's table does what it says, in either mode."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import upkeep
from audit.actions import Action
from audit.services import INDISPENSABLE, record
from organizations.models import User
from promptguard.core.checks import COMPLIANCE, refuse_unsound_settings
from promptguard.core.strict import LONGEST_KEY_LIFE_DAYS
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard import policies
from promptguard.guard.models import Interaction, VaultedValue
from promptguard.projects.models import ApiKey
from tests.house.test_readme import table
from tests.people import PASSWORD, Person, Tenant, api_client

ROOT = Path(__file__).resolve().parents[2]
SECRET = "My address is mia@acme.example, my card 4111 1111 1111 1111"


@pytest.fixture
def strict(settings: LazySettings) -> None:
    settings.COMPLIANCE_MODE = "strict"


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def guard(tenant: Tenant, text: str = SECRET) -> Any:
    return post(tenant.developer(), "/api/v1/guard", {"input": text})


def with_second_factor(person: Person) -> Client:
    _, codes = person.switch_second_factor_on()
    body = {"email": person.user.email, "password": PASSWORD, "otp": codes[0]}
    token = post(api_client(), "/dashboard/auth/login", body).json()["access_token"]
    return api_client(Authorization=f"Bearer {token}", X_Organization_Id=str(person.organization.id))


def codes() -> set[str]:
    return {found.id or "" for found in run_checks(tags=[COMPLIANCE])}


def test_owners_and_admins_need_a_second_factor(acme: Tenant, strict: None) -> None:
    for person in (acme.olivia, acme.adam):
        refused = person.client().get("/dashboard/projects/")
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
        assert person.client().get("/dashboard/auth/2fa").status_code == 200  # where one is set up
    for person in (acme.mia, acme.vic):
        assert person.client().get("/dashboard/projects/").status_code == 200
    client = with_second_factor(acme.olivia)
    assert client.get("/dashboard/projects/").status_code == 200
    kept = client.delete("/dashboard/auth/2fa")
    assert (kept.status_code, kept.json()["code"]) == (409, "second_factor_needed")


def test_a_standard_owner_needs_none(acme: Tenant) -> None:
    assert acme.olivia.client().get("/dashboard/projects/").status_code == 200


@pytest.mark.parametrize("mode", ["standard", "strict"])
def test_operators_need_a_second_factor(db: None, settings: LazySettings, mode: str) -> None:
    settings.COMPLIANCE_MODE = mode
    User.objects.create_superuser("operator@promptguard.example", PASSWORD)
    body = {"username": "operator@promptguard.example", "password": PASSWORD}
    response = Client().post("/admin/login/", body)
    assert response.status_code == (302 if mode == "standard" else 200)


@pytest.mark.parametrize("content_mode", ["full", "redacted", "hash_only", "none"])
def test_no_content_is_stored_whatever_the_project_says(
    acme: Tenant, strict: None, content_mode: str
) -> None:
    with organization_scope(acme.organization.id):
        acme.project.content_mode = content_mode
        acme.project.save(update_fields=["content_mode"])
    assert guard(acme).status_code == 200
    with organization_scope(acme.organization.id):
        (row,) = Interaction.objects.for_caller(acme.owner.caller)
        assert (row.content, row.content_mode) == (None, "none")
        assert not VaultedValue.objects.for_caller(acme.owner.caller).exists()
    assert "mia@acme" not in everything()


def test_a_zero_retention_project_stores_none_in_standard_mode(acme: Tenant) -> None:
    with organization_scope(acme.organization.id):
        acme.project.zero_retention, acme.project.content_mode = True, "full"
        acme.project.save(update_fields=["zero_retention", "content_mode"])
    assert guard(acme).status_code == 200
    with organization_scope(acme.organization.id):
        (row,) = Interaction.objects.for_caller(acme.owner.caller)
        assert row.content is None


def everything() -> str:
    """Each row of the guard's tables, as text."""
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT i::text FROM guard_interaction i UNION ALL SELECT v::text FROM guard_vaultedvalue v"
        )
        return "\n".join(text for (text,) in cursor.fetchall())


def test_retention_is_short_and_the_audit_log_is_not(acme: Tenant, strict: None) -> None:
    client = with_second_factor(acme.olivia)
    told = client.get("/dashboard/compliance/retention").json()
    kinds = {each["kind"]: each for each in told["kinds"]}
    assert told["compliance_mode"] == "strict"
    assert kinds["interaction_content"]["effective_days"] == 30
    assert kinds["interactions"]["effective_days"] == 365
    path = "/dashboard/compliance/retention"
    for body in ({"days": {"interactions": 366}}, {"audit_class": "30d"}):
        assert client.patch(path, json.dumps(body), content_type="application/json").status_code == 422
    longer = {"days": {"interactions": 20}, "audit_class": "7y"}
    assert client.patch(path, json.dumps(longer), content_type="application/json").status_code == 200


def test_keys_expire(acme: Tenant, strict: None) -> None:
    client = with_second_factor(acme.olivia)
    made = post(client, "/dashboard/api-keys", {"name": "New"})
    assert made.status_code == 201, made.content
    latest = timezone.now() + timedelta(days=LONGEST_KEY_LIFE_DAYS)
    with organization_scope(acme.organization.id):
        expires_at = ApiKey.objects.for_caller(acme.owner.caller).get(name="New").expires_at
    assert expires_at is not None
    assert abs(expires_at - latest) < timedelta(minutes=1)
    too_late = (latest + timedelta(days=1)).isoformat()
    assert post(client, "/dashboard/api-keys", {"name": "Long", "expires_at": too_late}).status_code == 422


def test_a_standard_key_may_live_for_ever(acme: Tenant) -> None:
    assert acme.api_key.expires_at is None


@pytest.mark.parametrize(("mode", "status"), [("standard", 200), ("strict", 503)])
def test_what_the_guard_cannot_judge_is_refused(
    acme: Tenant, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, mode: str, status: int
) -> None:
    settings.COMPLIANCE_MODE = mode

    def breaks(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(policies.ActivePolicy, "judge", breaks)
    assert guard(acme).status_code == status


@pytest.mark.parametrize(("mode", "status"), [("standard", 200), ("strict", 503)])
def test_nothing_happens_while_the_log_is_not_sealed(
    acme: Tenant, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, mode: str, status: int
) -> None:
    """The inbox holds events of these very tests; only its age is made to be too great."""
    settings.COMPLIANCE_MODE = mode
    monkeypatch.setattr(upkeep, "OLDEST_BACKLOG_SECONDS", -1)
    upkeep._glance.forget("audit")
    refused = guard(acme)
    assert refused.status_code == status
    mia = acme.mia.client()
    assert mia.get("/dashboard/projects/").status_code == 200
    body = {"name": "Another"}
    assert post(mia, "/dashboard/projects/", body).status_code == (201 if mode == "standard" else 503)
    monkeypatch.undo()
    upkeep._glance.forget("audit")
    settings.COMPLIANCE_MODE = mode
    assert guard(acme).status_code == 200


def test_audit_logging_cannot_be_switched_off(settings: LazySettings, strict: None) -> None:
    assert codes() == set()
    settings.ENABLE_AUDIT_LOGGING = False
    assert codes() == {"promptguard.E004"}
    with pytest.raises(SystemCheckError):
        refuse_unsound_settings()
    with pytest.raises(SystemCheckError):
        call_command("check")
    settings.COMPLIANCE_MODE = "lenient"
    assert codes() == {"promptguard.E003"}


@pytest.mark.parametrize("entry", ["promptguard.wsgi", "manage.py"])
def test_nothing_starts_without_it(entry: str) -> None:
    environment = os.environ | {
        "COMPLIANCE_MODE": "strict",
        "ENABLE_AUDIT_LOGGING": "false",
        "DJANGO_SETTINGS_MODULE": "promptguard.settings",
    }
    command = ["-c", f"import {entry}"] if entry != "manage.py" else [entry, "migrate", "--plan"]
    process = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert process.returncode != 0
    assert "promptguard.E004" in process.stderr


def test_in_standard_mode_it_can_be_with_a_warning(acme: Tenant, settings: LazySettings) -> None:
    settings.ENABLE_AUDIT_LOGGING = False
    assert codes() == {"promptguard.W003"}
    before = recorded()
    with organization_scope(acme.organization.id):
        receipt = record(Action.PROJECT_UPDATED, caller=acme.owner.caller)
        assert len(receipt.integrity_hash) == 64
    assert post(acme.mia.client(), "/dashboard/projects/", {"name": "Unseen"}).status_code == 201
    assert recorded() == before
    with organization_scope(acme.organization.id):
        for action in sorted(INDISPENSABLE):
            record(action, caller=acme.owner.caller)
    assert recorded() == before + len(INDISPENSABLE)


def recorded() -> int:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_inbox")
        return int(cursor.fetchone()[0])


def test_readme_lists_what_differs() -> None:
    rows = table("Compliance mode")
    assert len(rows) >= 8
    assert all(len(row) == 3 and all(row) for row in rows)
