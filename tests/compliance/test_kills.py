"""Attack 48: the worker is killed, for real, anywhere in an erasure or an export; its successor ends all the same."""

import hashlib
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from audit import ledger
from audit.sealing import seal_batch
from compliance import certificates, packages, tasks, working
from compliance.models import PrivacyRequest
from compliance.services import people
from organizations import accounts
from organizations.models import User
from promptguard.core.jobs.running import drain
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard.models import Interaction
from promptguard.projects import services as project_services
from tests import servers
from tests.compliance.lives import ROOT, bulk_events, bulk_interactions, join
from tests.e2e.serving import product_environment
from tests.people import ORIGIN, PASSWORD, Person, Tenant

KILLS = [pytest.param(3, id="short"), pytest.param(20, id="long", marks=pytest.mark.drill)]
INTERACTIONS, EVENTS = 7, 5
Ask = Callable[[Person], dict[str, Any]]


def someone(tenant: Tenant, number: int) -> Person:
    """A member who did what the others did: everybody's erasure has the same steps and the same counts."""
    email = f"member-{number}@acme.example"
    user = accounts.sign_up(
        origin=ORIGIN,
        email=email,
        password=PASSWORD,
        name=f"Member {number}",
        personal_organization=True,
        verified=True,
    )
    join(tenant, user)
    member = Person(user, tenant.mia.role, tenant.organization)
    with organization_scope(tenant.organization.id):
        project_services.create_api_key(caller=member.caller, name=f"Key {number}", project=tenant.project)
    bulk_interactions(tenant, INTERACTIONS, end_user=email)
    bulk_events(tenant, user, EVENTS)
    return member


def environment(database: str, settings: LazySettings) -> dict[str, str]:
    own = ("EXPORT_FOLDER", "AUDIT_SIGNING_KEYS", "AUDIT_ANCHOR_FILE", "AUDIT_ERASURE_LEDGER")
    return {
        **product_environment(),
        **servers.database_urls(database),
        **{name: getattr(settings, name) for name in own},
    }


def doomed(request_id: str, point: int, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.compliance.doomed", request_id, str(point)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def survive(member: Person, ask: Ask, point: int, environment: dict[str, str]) -> tuple[PrivacyRequest, int]:
    """Ask, let a worker die at the point (0: at none), let the ordinary job and the sweeps go on; the points it had."""
    asked = ask(member)
    connection.close()
    worker = doomed(asked["id"], point, environment)
    assert worker.returncode == (-9 if point else 0), worker.stderr
    tasks.work()
    drain("default", clock=in_an_hour)
    tasks.tell()
    return PrivacyRequest.objects.get(id=asked["id"]), 0 if point else int(worker.stdout)


def in_an_hour() -> datetime:
    """When the lease of a dead worker's job is over."""
    return timezone.now() + timedelta(hours=1)


def random_points(count: int, total: int) -> list[int]:
    """One in each of `count` equal stretches, so that every step is hit sooner or later."""
    chance = random.Random(total)
    return [
        chance.randint(total * number // count + 1, total * (number + 1) // count) for number in range(count)
    ]


def ask_erasure(member: Person) -> dict[str, Any]:
    body = {"confirmation": "DELETE MY DATA"}
    answer = member.client().post(
        "/dashboard/compliance/data-deletion", body, content_type="application/json"
    )
    assert answer.status_code == 202, answer.content
    return answer.json()


@pytest.mark.parametrize("kills", KILLS)
def test_an_erasure_survives_its_workers(
    live_acme: Tenant, live_database: str, settings: LazySettings, kills: int
) -> None:
    around = environment(live_database, settings)
    undisturbed, points = survive(someone(live_acme, 0), ask_erasure, 0, around)
    truth = undisturbed.counts
    assert truth["guard.Interaction"] == INTERACTIONS
    assert truth["organizations.Organization of closed organizations"] == 1
    for number, point in enumerate(random_points(kills, points), 1):
        member = someone(live_acme, number)
        request, _ = survive(member, ask_erasure, point, around)
        assert (point, request.state, request.counts) == (point, "done", truth)
        said = certificates.facts(request.certificate)
        assert sorted(said["erased"]) == sorted(f"{count} {name}" for name, count in truth.items())
        assert said["rescan"] == ["0"]
        assert request.subject is None
        assert not User.objects.filter(id=member.user.id).exists()
    assert len(ledger.erasures()) == kills + 1
    with platform_scope():
        assert not Interaction.all_tenants.exclude(end_user="").exists()
    seal_batch()
    call_command("verify_audit_chain", verbosity=0)


def ask_export(member: Person) -> dict[str, Any]:
    answer = member.client().post("/dashboard/compliance/data-export")
    assert answer.status_code == 202, answer.content
    return answer.json()


def contents(package: Path) -> dict[str, int]:
    """Rows by section of a package whose every hash is true."""
    with zipfile.ZipFile(package) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for name, digest in manifest["sha256"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        for name, rows in manifest["rows"].items():
            lines = archive.read(f"data/{name}.ndjson").splitlines()
            assert len(lines) == rows == len(set(lines))
        found: dict[str, int] = manifest["rows"]
        return found


@pytest.mark.parametrize("kills", KILLS)
def test_an_export_survives_its_workers(
    live_acme: Tenant, live_database: str, settings: LazySettings, kills: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "SMALL_EXPORT", 0)
    around = environment(live_database, settings)
    undisturbed, points = survive(someone(live_acme, 0), ask_export, 0, around)
    truth = contents(packages.folder() / undisturbed.package)
    assert truth["interactions"] == INTERACTIONS
    assert truth["security_events"] >= EVENTS
    for number, point in enumerate(random_points(kills, points), 1):
        request, _ = survive(someone(live_acme, number), ask_export, point, around)
        assert (point, request.state, request.counts) == (point, "done", truth)
        assert contents(packages.folder() / request.package) == truth
        working.purge_packages(timezone.now() + 2 * working.ABANDONED_AFTER)
        assert not list(packages.folder().glob("*.work"))
    assert len(list(packages.folder().glob("*.zip"))) == kills + 1
