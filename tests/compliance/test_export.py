"""A copy of one's data: complete, harmless in a spreadsheet, without secrets and without other people."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import export, packages, services, working
from compliance.export.gathering import cell
from compliance.export.sections import exported_holdings
from compliance.holdings import section_of
from compliance.models import PrivacyRequest
from compliance.services import people
from compliance.subjects import person
from promptguard.core.errors import NotFound
from promptguard.core.spreadsheets import FORMULA_STARTS
from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from tests.people import PASSWORD, Tenant

PROMISED = {
    "profile",
    "organizations",
    "projects",
    "subscriptions",
    "security_events",
    "sessions",
    "api_keys",
}


def ask(tenant: Tenant, first_name: str = "mia") -> Any:
    return tenant.people[first_name].client().post("/dashboard/compliance/data-export")


def test_a_small_account_gets_everything_at_once(live_acme: Tenant) -> None:
    mia = live_acme.mia
    with organization_scope(live_acme.organization.id):
        project_services.create_api_key(caller=mia.caller, name="Mia's key", project=live_acme.project)
    response = ask(live_acme)
    assert response.status_code == 200
    told = response.json()
    assert set(told) >= PROMISED | {section_of(holding) for holding in exported_holdings()}
    assert told["profile"]["email"] == "mia@acme.example"
    assert [row["slug"] for row in told["organizations"]] == ["acme"]
    assert [row["name"] for row in told["api_keys"]] == ["Mia's key"]
    assert {"api_key.created", "authentication.signed_in"} <= {row["type"] for row in told["security_events"]}


def test_nobody_else_and_no_secret_is_in_it(live_acme: Tenant) -> None:
    for first_name in ("olivia", "adam", "mia"):
        ask(live_acme, first_name)
    text = ask(live_acme).content.decode()
    assert "olivia@" not in text
    assert "adam@" not in text
    assert PASSWORD not in text
    assert "_hash" not in text.replace("integrity_hash", "")


def test_the_package_proves_itself(live_acme: Tenant, tmp_path: Path) -> None:
    subject = person(live_acme.mia.user)
    live_acme.mia.token()
    target = tmp_path / "package.zip"
    count = export.write_package(subject, target)
    with zipfile.ZipFile(target) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        names = set(archive.namelist()) - {"manifest.json"}
        assert set(manifest["sha256"]) == names
        for name in names:
            assert hashlib.sha256(archive.read(name)).hexdigest() == manifest["sha256"][name]
        assert sum(manifest["rows"].values()) == count
        for name, rows in manifest["rows"].items():
            assert len(archive.read(f"data/{name}.ndjson").splitlines()) == rows
            table = list(csv.reader(io.StringIO(archive.read(f"csv/{name}.csv").decode())))
            assert len(table) == (rows + 1 if rows else 0)


def test_a_large_account_gets_a_package_by_a_link_that_works_once(
    live_acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "SMALL_EXPORT", 0)
    client = live_acme.mia.client()
    asked = client.post("/dashboard/compliance/data-export")
    assert asked.status_code == 202
    assert ask(live_acme).status_code == 409
    status_url = asked.json()["status_url"]
    assert client.post(f"{status_url}/link").status_code == 404
    working.work_on(asked.json()["id"])
    assert client.get(status_url).json()["status"] == "done"
    url = client.post(f"{status_url}/link").json()["url"]
    assert live_acme.adam.client().get(url).status_code == 404
    assert client.head(url).status_code == 405
    download = client.get(url)
    assert zipfile.ZipFile(io.BytesIO(download.getvalue())).testzip() is None
    download.close()
    assert client.get(url).status_code == 404


def test_packages_go_after_their_week(live_acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "SMALL_EXPORT", 0)
    request = working.work_on(ask(live_acme).json()["id"])
    package = packages.folder() / request.package
    token = services.new_download_link(caller=live_acme.mia.signed_in_caller(), request=request)
    assert request.expires_at
    assert working.purge_packages(request.expires_at.replace(year=2000)) == 0
    assert package.exists()
    assert working.purge_packages(request.expires_at) == 1
    assert not package.exists()
    assert PrivacyRequest.objects.get(id=request.id).package == ""
    with pytest.raises(NotFound):
        services.open_package(
            caller=live_acme.mia.caller, request=PrivacyRequest.objects.get(id=request.id), token=token
        )
    assert not list(packages.folder().glob("*.partial"))


@given(st.text(max_size=20))
def test_no_cell_is_a_formula(text: str) -> None:
    assert not cell(text).startswith(FORMULA_STARTS)
