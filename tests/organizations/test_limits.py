"""Rate limits of organizations, overrides by operators, retention and plans."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from organizations.admission import admission_of
from organizations.limits import services
from organizations.limits.models import Plane, RateLimitOverride
from organizations.limits.selectors import retention_days
from organizations.models import Organization, User
from promptguard.core import valkey
from promptguard.core.errors import Invalid, NotFound
from promptguard.core.tenancy import organization_scope, platform_scope
from tests import servers
from tests.conftest import close_connections
from tests.people import PASSWORD, Tenant, found_acme


def override(tenant: Tenant, **asked: Any) -> RateLimitOverride:
    with organization_scope(tenant.organization.id):
        wanted: dict[str, Any] = {"plane": Plane.DEVELOPER, "per_minute": 3, "reason": "Test"} | asked
        return services.override_rate_limit(caller=tenant.owner.caller, **wanted)


def put_on(tenant: Tenant, plan: str) -> None:
    with organization_scope(tenant.organization.id):
        Organization.objects.filter(id=tenant.organization.id).update(plan=plan)
        admission_of.forget(tenant.organization.id)


def url(tenant: Tenant, rest: str) -> str:
    return f"/dashboard/organizations/{tenant.organization.id}/{rest}"


def test_the_door_counts_and_refuses(acme: Tenant) -> None:
    override(acme)
    answers = [acme.developer().get("/api/v1/projects") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    refused = answers[-1]
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["X-RateLimit-Limit"] == "3"
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")


def test_a_valkey_killed_in_the_middle_is_no_error_to_anybody(live_database: str, settings: Settings) -> None:
    """1,000 requests by 8 clients against 600 a minute, through the door; nobody sees a 500."""
    acme, clients, requests = found_acme(), 8, 1_000
    override(acme, per_minute=60, burst=600)

    def client(which: int) -> list[int]:
        try:
            return [knock(number) for number in range(which, requests, clients)]
        finally:
            close_connections()

    def knock(number: int) -> int:
        if number == requests // 2:
            server.terminate()
        return acme.developer().get("/api/v1/projects").status_code

    valkey.forget_clients()
    with servers.valkey_server() as server:
        settings.REDIS_URL = server.connection_url
        begun = time.monotonic()
        with ThreadPoolExecutor(clients) as threads:
            statuses = [status for part in threads.map(client, range(clients)) for status in part]
    refilled = time.monotonic() - begun
    assert set(statuses) == {200, 429}
    assert abs(statuses.count(200) - 600 - refilled) <= 2 * clients


def test_each_plane_and_each_tenant_has_a_bucket_of_its_own(acme: Tenant, globex: Tenant) -> None:
    override(acme, per_minute=1)
    assert [acme.developer().get("/api/v1/projects").status_code for _ in range(2)] == [200, 429]
    assert acme.vic.client().get("/dashboard/projects").status_code == 200
    assert globex.developer().get("/api/v1/projects").status_code == 200


def test_a_refusal_by_permission_shows_the_limit_and_does_not_cost(acme: Tenant) -> None:
    override(acme, plane=Plane.DASHBOARD)
    for _ in range(5):
        denied = acme.vic.client().post("/dashboard/projects", {"name": "No"}, "application/json")
        assert (denied.status_code, denied.headers["X-RateLimit-Remaining"]) == (403, "3")


def test_an_override_replaces_expires_and_is_lifted(acme: Tenant) -> None:
    first = override(acme, per_minute=10)
    override(acme, per_minute=20, expires_at=timezone.now() + timedelta(hours=1))
    rates = admission_of(acme.organization.id).rates
    assert (rates[Plane.DEVELOPER].per_minute, rates[Plane.DEVELOPER].source) == (20, "override")
    with organization_scope(acme.organization.id):
        caller = acme.owner.caller
        assert RateLimitOverride.objects.for_caller(caller).get(id=first.id).lifted_at is not None
        standing = RateLimitOverride.objects.for_caller(caller).filter(lifted_at=None)
        standing.update(expires_at=timezone.now())
        admission_of.forget(acme.organization.id)
    assert admission_of(acme.organization.id).rates[Plane.DEVELOPER].source == "platform"
    with organization_scope(acme.organization.id):
        services.lift_rate_limit(caller=caller, plane=Plane.DEVELOPER, reason="Over")
        with pytest.raises(NotFound):
            services.lift_rate_limit(caller=caller, plane=Plane.DEVELOPER)


@pytest.mark.parametrize(
    "asked",
    [
        {"per_minute": 0},
        {"per_minute": 10_000_000},
        {"burst": 10_000_000},
        {"reason": " "},
        {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_overrides_have_bounds(acme: Tenant, asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        override(acme, **asked)


def test_the_platform_s_maximum_binds_what_was_granted_before(acme: Tenant, settings: Settings) -> None:
    override(acme, per_minute=5_000)
    settings.RATE_LIMIT_MAXIMUM_PER_MINUTE = 1_000
    admission_of.forget(acme.organization.id)
    assert admission_of(acme.organization.id).rates[Plane.DEVELOPER].per_minute == 1_000


def test_an_admin_sees_where_each_limit_comes_from(acme: Tenant) -> None:
    override(acme, per_minute=900, reason="Launch week")
    told = acme.vic.client().get(url(acme, "rate-limits")).json()
    dashboard, developer = sorted(told["limits"], key=lambda each: each["plane"])
    assert (developer["per_minute"], developer["source"], developer["reason"]) == (
        900,
        "override",
        "Launch week",
    )
    assert (dashboard["source"], dashboard["reason"]) == ("platform", None)
    assert told["plan"] == "enterprise"


@pytest.mark.parametrize(("plan", "per_minute"), [("free", 60), ("pro", 120), ("scale", 300)])
def test_plans_limit_requests(acme: Tenant, plan: str, per_minute: int) -> None:
    put_on(acme, plan)
    response = acme.developer().get("/api/v1/projects")
    assert response.headers["X-RateLimit-Limit"] == str(per_minute)


def test_an_operator_overrides_in_the_console(acme: Tenant) -> None:
    operator = User.objects.create_superuser("operator@promptguard.example", PASSWORD)
    client = Client()
    client.force_login(operator)
    page = f"/admin/organizations/organization/{acme.organization.id}/override-rate-limit/"
    assert client.get(page).status_code == 200
    wrong = client.post(page, {"plane": "developer", "per_minute": "99999999", "reason": "Big"})
    assert b"platform&#x27;s maximum" in wrong.content
    assert (
        client.post(page, {"plane": "developer", "per_minute": "7", "reason": "Ticket 5"}).status_code == 302
    )
    assert admission_of(acme.organization.id).rates[Plane.DEVELOPER].per_minute == 7
    assert client.post(page, {"plane": "developer", "reason": "Done"}).status_code == 302
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_type, canonical FROM audit_inbox WHERE event_type LIKE 'rate_limit.%' ORDER BY id"
        )
        (first, told), (second, _) = cursor.fetchall()
    assert (first, second) == ("rate_limit.overridden", "rate_limit.restored")
    assert b'"per_minute":7' in bytes(told)
    assert b"Ticket 5" in bytes(told)


def test_only_operators_override(acme: Tenant) -> None:
    client = Client()
    client.force_login(acme.olivia.user)
    page = f"/admin/organizations/organization/{acme.organization.id}/override-rate-limit/"
    assert client.post(page, {"plane": "developer", "per_minute": "7", "reason": "Mine"}).status_code == 302
    assert admission_of(acme.organization.id).rates[Plane.DEVELOPER].source == "platform"


@pytest.mark.parametrize(
    ("plan", "wanted", "status", "effective"),
    [
        ("free", None, 200, 1),
        ("free", 2, 422, None),
        ("scale", 30, 200, 30),
        ("scale", 31, 422, None),
        ("enterprise", 3650, 200, 3650),
        ("enterprise", None, 200, None),
        ("enterprise", 0, 422, None),
    ],
)
def test_retention_lies_within_the_plan(
    acme: Tenant, plan: str, wanted: int | None, status: int, effective: int | None
) -> None:
    put_on(acme, plan)
    body = {"retention_days": wanted}
    response = acme.adam.client().patch(url(acme, "retention"), body, content_type="application/json")
    assert response.status_code == status
    if status == 200:
        assert response.json()["effective_days"] == effective


def test_a_smaller_plan_shortens_what_was_set(acme: Tenant) -> None:
    assert retention_days(Organization(plan="pro", retention_days=30)) == 7
    assert retention_days(Organization(plan="pro", retention_days=3)) == 3
