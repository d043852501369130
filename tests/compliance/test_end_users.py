"""End users have no account: a tenant's officer answers for them, by label, within the organization."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.sealing import seal_batch
from compliance import certificates, packages, working
from compliance.models import PrivacyRequest
from compliance.subjects import end_user_id
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard.models import Interaction
from promptguard.projects.access.models import AccessRule
from tests.compliance.lives import PROMPT, bulk_interactions, pg_dump
from tests.people import Tenant, found_globex

PHRASE = "DELETE MY DATA"
EXPORT = "/dashboard/compliance/end-user-export"
DELETION = "/dashboard/compliance/end-user-deletion"


@pytest.fixture
def both(live_acme: Tenant) -> tuple[Tenant, Tenant]:
    """`user-1` at two tenants, and `user-12` beside them."""
    globex = found_globex()
    for tenant in (live_acme, globex):
        bulk_interactions(tenant, 4, end_user="user-1")
    bulk_interactions(live_acme, 2, end_user="user-12")
    with organization_scope(live_acme.organization.id):
        AccessRule.objects.create_for(
            live_acme.owner.caller, list="block", target_type="end_user", value="user-1", note="too loud"
        )
    return live_acme, globex


def ask(tenant: Tenant, path: str, **body: Any) -> Any:
    first = tenant.people.get("adam") or tenant.owner
    return first.client().post(path, body, content_type="application/json")


def left(tenant: Tenant, label: str) -> int:
    with platform_scope():
        return Interaction.all_tenants.filter(organization=tenant.organization, end_user=label).count()


def test_an_export_holds_this_end_user_and_nobody_else(both: tuple[Tenant, Tenant]) -> None:
    acme, _ = both
    asked = ask(acme, EXPORT, end_user="user-1")
    assert asked.status_code == 202, asked.content
    request = working.work_on(asked.json()["id"])
    with zipfile.ZipFile(packages.folder() / request.package) as archive:
        rows = [json.loads(line) for line in archive.read("data/interactions.ndjson").splitlines()]
        rules = [json.loads(line) for line in archive.read("data/access_rules.ndjson").splitlines()]
    assert [row["end_user"] for row in rows] == ["user-1"] * 4
    assert all(PROMPT in row["content"][0] for row in rows)
    assert [rule["note"] for rule in rules] == ["too loud"]


def test_an_erasure_ends_at_the_organization_and_at_the_label(
    both: tuple[Tenant, Tenant], live_database: str
) -> None:
    acme, globex = both
    asked = ask(acme, DELETION, end_user="user-1", confirmation=PHRASE)
    assert asked.status_code == 202, asked.content
    request = working.work_on(asked.json()["id"])
    assert (request.state, request.counts) == ("done", {"guard.Interaction": 4, "projects.AccessRule": 1})
    assert (left(acme, "user-1"), left(acme, "user-12"), left(globex, "user-1")) == (0, 2, 4)
    said = certificates.verify(request.certificate)
    assert said["scope"] == ["end_user"]
    assert certificates.is_about(request.certificate, end_user_id(acme.organization.id, "user-1"))
    assert b"too loud" not in pg_dump(live_database)
    assert ask(acme, DELETION, end_user="user-1", confirmation=PHRASE).json()["code"] == "nothing_known"
    seal_batch()
    call_command("verify_audit_chain", verbosity=0)


def test_a_label_is_matched_letter_by_letter(both: tuple[Tenant, Tenant]) -> None:
    acme, _ = both
    for other in ("USER-1", "user-1 ", "user_1", "user-%", ""):
        refused = ask(acme, DELETION, end_user=other, confirmation=PHRASE)
        assert refused.status_code in (404, 422), other
    assert left(acme, "user-1") == 4


def test_the_commands(
    both: tuple[Tenant, Tenant], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acme, globex = both
    named = ("--organization", "acme", "--label", "user-1")
    call_command("export_subject", *named, "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out) == {"would_export": 5}
    package, certificate = tmp_path / "end-user.zip", tmp_path / "certificate.txt"
    call_command("export_subject", *named, "--output", str(package), "--json")
    assert json.loads(capsys.readouterr().out)["sections"] == {"interactions": 4, "access_rules": 1}
    call_command("erase_subject", *named, "--reason", "letter 8", "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["would_erase"] == {
        "guard.Interaction": 4,
        "projects.AccessRule": 1,
    }
    assert not PrivacyRequest.objects.exists()
    call_command("erase_subject", *named, "--reason", "letter 8", "--certificate", str(certificate), "--json")
    assert json.loads(capsys.readouterr().out)["state"] == "done"
    call_command("verify_certificate", str(certificate), "--json")
    assert json.loads(capsys.readouterr().out)["scope"] == ["end_user"]
    assert (left(acme, "user-1"), left(globex, "user-1")) == (0, 4)
    call_command("run_privacy_requests", "--dry-run", "--json")
    assert capsys.readouterr().out == ""
    whole = tmp_path / "whole.zip"
    call_command("export_subject", "--organization", "globex", "--output", str(whole))
    assert whole.stat().st_mode & 0o777 == 0o600
    for wrong in (
        (),
        ("--label", "user-1"),
        ("--organization", "nowhere", "--label", "user-1"),
        ("olivia@acme.example", *named),
    ):
        with pytest.raises(CommandError):
            call_command("export_subject", *wrong, "--output", str(whole))
    with pytest.raises(CommandError, match="days of grace"):
        call_command("erase_subject", "--organization", "acme", "--reason", "letter 9")
