"""The demo: founded once, then only kept true, whatever people did to it in between."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from organizations import sessions
from organizations.models import Membership, User
from promptguard.core.caller import Origin
from promptguard.core.errors import Unauthenticated
from promptguard.core.tenancy import platform_scope
from promptguard.demo.people import TENANTS
from promptguard.demo.rhythm import DAYS, moments
from promptguard.demo.seeding import KEY_NAME, seed
from promptguard.demo.traffic import ATTACK_CALLS
from promptguard.guard.models import Interaction
from promptguard.projects.authentication import recognise
from promptguard.projects.models import ApiKey

URL = "http://127.0.0.1:8080"


@pytest.fixture
def path(db: None, tmp_path: Path) -> Path:
    """The sheet of an installation whose demo was just founded."""
    seed(tmp_path / "demo.json", URL)
    return tmp_path / "demo.json"


def read(path: Path) -> dict[str, Any]:
    sheet: dict[str, Any] = json.loads(path.read_text())
    return sheet


def sign_in(person: dict[str, str]) -> User:
    return sessions.sign_in(origin=Origin(), email=person["email"], password=person["password"]).user


def test_the_sheet_opens_every_door_that_it_names(path: Path) -> None:
    sheet = read(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {sign_in(person).email for person in sheet["users"]} == {
        person.email for tenant in TENANTS for person in tenant.people
    }
    assert sign_in(sheet["operator"]).is_superuser
    key = recognise(sheet["api_key"])
    assert (str(key.organization_id), str(key.project_id)) == (sheet["organization_id"], sheet["project_id"])


def test_the_traffic_is_varied_and_lies_in_the_past(path: Path) -> None:
    with platform_scope():
        rows = list(Interaction.all_tenants.order_by("id"))
    expected = sum(project.interactions for tenant in TENANTS for project in tenant.projects)
    assert len(rows) == expected + len(TENANTS) * ATTACK_CALLS
    assert {row.decision for row in rows} == {"allow", "block", "redact"}
    assert len({row.threat_type for row in rows}) >= 5
    now = timezone.now()
    assert all(now - timedelta(days=DAYS + 1) < row.created_at < now for row in rows)
    assert [row.created_at for row in rows[:50]] == sorted(row.created_at for row in rows[:50])


def test_a_second_start_changes_nothing(path: Path) -> None:
    before, numbers = path.read_text(), count()
    seed(path, URL)
    assert (path.read_text(), count()) == (before, numbers)


def test_a_lost_sheet_is_written_anew_with_what_works(path: Path) -> None:
    old = read(path)
    path.unlink()
    numbers = count()
    seed(path, URL)
    new = read(path)
    assert all(sign_in(person).is_active for person in [*new["users"], new["operator"]])
    assert recognise(new["api_key"]).name == KEY_NAME
    with pytest.raises(Unauthenticated):
        recognise(old["api_key"])
    with platform_scope():
        assert ApiKey.all_tenants.filter(name=KEY_NAME, revoked_at__isnull=True).count() == 1
    assert count() == numbers


def test_a_sheet_of_another_installation_is_not_believed(path: Path) -> None:
    path.write_text(json.dumps({**read(path), "organization_id": "01900000-0000-7000-8000-000000000000"}))
    wrong = read(path)
    wrong["users"][0]["password"] = "from somewhere else"
    path.write_text(json.dumps(wrong))
    seed(path, URL)
    assert sign_in(read(path)["users"][0]).email == wrong["users"][0]["email"]


def test_who_left_is_left_out(path: Path) -> None:
    with platform_scope():
        Membership.all_tenants.filter(user__email="mia@acme.example").delete()
    seed(path, URL)
    assert "mia@acme.example" not in {person["email"] for person in read(path)["users"]}


def test_moments_are_past_and_mostly_in_office_hours() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    found = list(moments(Random(1), 500, now))
    assert all(now - timedelta(days=DAYS) <= at < now for at in found)
    assert sum(8 <= at.hour < 18 for at in found) > 300
    assert sum(at.weekday() >= 5 for at in found) < 100


def count() -> tuple[int, ...]:
    with platform_scope():
        return (
            User.objects.count(),
            Membership.all_tenants.count(),
            ApiKey.all_tenants.filter(revoked_at__isnull=True).count(),
            Interaction.all_tenants.count(),
        )
