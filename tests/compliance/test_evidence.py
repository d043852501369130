"""The evidence package: whole, true, without secrets, signed, and readable."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pypdf import PdfReader

from audit.sealing import seal_batch
from audit.verification.keys import public_keys
from compliance import working
from compliance.evidence import services
from compliance.evidence.controls import CONTROLS
from compliance.posture.catalogue import BY_ID
from promptguard.core.privacy import declared
from promptguard.core.tenancy import organization_scope
from tests.people import PASSWORD, Tenant
from tests.surface import a_hold, an_interaction

EVIDENCE = "/dashboard/compliance/evidence"


@pytest.fixture
def busy_acme(live_acme: Tenant) -> Tenant:
    """With an owner who has a second factor, an interaction, a hold and somebody erased."""
    live_acme.olivia.switch_second_factor_on()
    an_interaction(live_acme)
    asked = live_acme.vic.client().post(
        "/dashboard/compliance/data-deletion", {"confirmation": "DELETE MY DATA"}, "application/json"
    )
    assert working.work_on(asked.json()["id"]).state == "done"
    a_hold(live_acme)
    while seal_batch():
        pass
    return live_acme


def made(tenant: Tenant) -> dict[str, Any]:
    response = tenant.adam.client().get(EVIDENCE)
    assert response.status_code == 200, response.content
    return response.json()


def test_the_facts_are_true(busy_acme: Tenant) -> None:
    document = made(busy_acme)["document"]
    members = {each["email"]: (each["role"], each["second_factor"]) for each in document["access"]["members"]}
    assert members == {
        "olivia@acme.example": ("owner", True),
        "adam@acme.example": ("admin", False),
        "mia@acme.example": ("member", False),
    }
    assert [key["prefix"] for key in document["keys"]] == [busy_acme.api_key.prefix]
    assert document["audit"]["verification"]["exit"] == 0
    assert document["audit"]["heads"][0]["seq"] > 0
    population = {each["type"]: each["count"] for each in document["audit"]["population"]}
    assert population["legal_hold.placed"] == 1
    assert document["guard"]["decisions"] == {"allow": 1}
    assert len(document["holds"]) == 1
    (erasure,) = document["privacy"]["certificates"]
    assert f"chain {busy_acme.organization.id}" in erasure["certificate"]
    assert {each["id"] for each in document["posture"]} == set(BY_ID)
    assert {each["data"] for each in document["processing"]} == set(declared())
    assert document["configuration"]["compliance_mode"] == "standard"


def test_no_secret_is_in_it(busy_acme: Tenant) -> None:
    text = json.dumps(made(busy_acme))
    assert busy_acme.key_text not in text
    assert PASSWORD not in text
    assert "secret_hash" not in json.dumps(made(busy_acme)["document"]["keys"])
    assert "vic@acme" not in text


def test_every_control_points_at_something(busy_acme: Tenant) -> None:
    document = made(busy_acme)["document"]
    for control in CONTROLS:
        assert set(control.sections) <= set(document)
        assert set(control.checks) <= set(BY_ID)
    asked = {
        "SOC 2 (TSC 2017)": {"CC6.1", "CC7.2", "CC8.1"},
        "GDPR": {"Art. 5", "Art. 15", "Art. 17", "Art. 30", "Art. 32"},
        "OWASP LLM Top 10 (2025)": {f"LLM{number:02}:2025" for number in range(1, 11)},
    }
    for framework, references in asked.items():
        told = {each["reference"] for each in document["controls"] if each["framework"] == framework}
        assert references <= told
    assert any(each["reference"].startswith("A.8.") for each in document["controls"])


def test_the_signature_is_checked_by_anybody_with_the_key(busy_acme: Tenant) -> None:
    package = made(busy_acme)
    assert services.verify(package, public_keys()) == package["document"]
    forged = json.loads(json.dumps(package))
    forged["document"]["access"]["members"].pop()
    unsigned = package | {"signature": ""}
    for wrong in (forged, unsigned, {}, package | {"document": []}, package | {"signature": 7}):
        with pytest.raises(services.NotEvidence):
            services.verify(wrong, public_keys())


def test_the_paper_says_the_same(busy_acme: Tenant) -> None:
    response = busy_acme.adam.client().get(EVIDENCE, {"format": "pdf"})
    assert response.headers["Content-Type"] == "application/pdf"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages]
    text = " ".join("\n".join(pages).split())
    assert len(pages) >= 4
    for fact in (
        "Compliance evidence",
        "Acme (acme)",
        "olivia@acme.example",
        busy_acme.api_key.prefix,
        "CC6.1",
        "Art. 30",
        "A.8.15",
        "LLM01:2025",
        "Verified for this report without a finding",
        "Case 0 of Acme",
        "promptguard/erasure/v1",
        "promptguard/evidence/v1",
    ):
        assert fact in text, fact
    for check in BY_ID.values():
        assert check.title.replace("-", "") in text.replace("-", ""), check.title


@pytest.mark.parametrize(
    "query", [{"format": "docx"}, {"since": "yesterday"}, {"since": "2026-02-01T00:00Z", "until": "2026-01-01T00:00Z"}]
)  # fmt: skip
def test_what_cannot_be_asked(acme: Tenant, query: dict[str, str]) -> None:
    assert acme.owner.client().get(EVIDENCE, query).status_code == 422


def test_nobody_else_may_and_a_name_full_of_markup_is_harmless(live_acme: Tenant) -> None:
    assert live_acme.mia.client().get(EVIDENCE).status_code == 403
    live_acme.organization.name = "<b>Ac&me</font> \u65e5\u672c \U0001f600"
    with organization_scope(live_acme.organization.id):
        live_acme.organization.save(update_fields=["name"])
    answer = live_acme.owner.client().get(EVIDENCE, {"format": "pdf"})
    assert "<b>Ac&me</font> ??" in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()


def test_the_command(busy_acme: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "evidence.json"
    call_command("compliance_report", "--org", "acme", "--dry-run")
    assert not out.exists()
    call_command("compliance_report", "--org", "acme", "--out", str(out))
    assert out.stat().st_mode & 0o777 == 0o600
    capsys.readouterr()
    call_command("compliance_report", "--verify", str(out))
    assert "genuine: acme" in capsys.readouterr().out
    out.write_text(out.read_text().replace("olivia@", "oliver@"))
    with pytest.raises(CommandError, match="not genuine"):
        call_command("compliance_report", "--verify", str(out))
    pdf = tmp_path / "evidence.pdf"
    call_command("compliance_report", "--org", "acme", "--format", "pdf", "--out", str(pdf))
    assert len(PdfReader(pdf).pages) >= 4
    capsys.readouterr()
    call_command("compliance_report", "--org", "acme")
    assert services.verify(json.loads(capsys.readouterr().out))["organization"]["slug"] == "acme"
    with pytest.raises(CommandError):
        call_command("compliance_report", "--org", "acme", "--format", "pdf")
