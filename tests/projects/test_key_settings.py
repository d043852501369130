"""What keys may do, from where, how often and how long; and how they are replaced."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from organizations.models import Organization, OutgoingMail
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.projects.models import ApiKey
from tests.people import Tenant

KEYS = "/dashboard/api-keys"


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def patch(tenant: Tenant, client: Client | None = None, **body: Any) -> Any:
    client = client or tenant.adam.client()
    return client.patch(f"{KEYS}/{tenant.api_key.id}", body, content_type="application/json")


def knock(text: str, address: str = "127.0.0.1") -> Any:
    return Client(headers={"X-API-Key": text}, REMOTE_ADDR=address).get("/api/v1/projects")


def set_organization(tenant: Tenant, **columns: Any) -> None:
    with organization_scope(tenant.organization.id):
        Organization.objects.filter(id=tenant.organization.id).update(**columns)


def set_key(tenant: Tenant, **columns: Any) -> None:
    with organization_scope(tenant.organization.id):
        ApiKey.objects.for_caller(tenant.owner.caller).filter(id=tenant.api_key.id).update(**columns)


def test_a_rotated_key_works_beside_the_old_one_until_the_overlap_ends(acme: Tenant) -> None:
    rotated = post(acme.adam.client(), f"{KEYS}/{acme.api_key.id}/rotate", overlap_minutes=30).json()
    assert rotated["prefix"] == acme.api_key.prefix
    assert [knock(text).status_code for text in (rotated["key"], acme.key_text)] == [200, 200]
    set_key(acme, previous_expires_at=timezone.now())
    refused = knock(acme.key_text)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "expired_api_key")
    assert knock(rotated["key"]).status_code == 200


def test_without_an_overlap_and_after_a_second_rotation_the_old_one_is_dead(acme: Tenant) -> None:
    first = post(acme.adam.client(), f"{KEYS}/{acme.api_key.id}/rotate", overlap_minutes=0).json()
    assert knock(acme.key_text).json()["error"]["code"] == "expired_api_key"
    post(acme.adam.client(), f"{KEYS}/{acme.api_key.id}/rotate", overlap_minutes=60)
    assert knock(acme.key_text).json()["error"]["code"] == "invalid_api_key"
    assert knock(first["key"]).status_code == 200


def test_nobody_takes_over_a_key_that_may_do_more(acme: Tenant) -> None:
    assert post(acme.vic.client(), f"{KEYS}/{acme.api_key.id}/rotate").status_code == 403


def test_deleting_and_switching_off_work_at_once(acme: Tenant) -> None:
    post(acme.adam.client(), f"{KEYS}/{acme.api_key.id}/toggle")
    assert knock(acme.key_text).json()["error"]["code"] == "revoked_api_key"
    post(acme.adam.client(), f"{KEYS}/{acme.api_key.id}/toggle")
    assert knock(acme.key_text).status_code == 200
    acme.adam.client().delete(f"{KEYS}/{acme.api_key.id}")
    assert knock(acme.key_text).json()["error"]["code"] == "revoked_api_key"


def test_a_key_s_own_networks_come_on_top_of_the_organization_s(acme: Tenant) -> None:
    assert patch(acme, allowed_cidrs=["198.51.100.0/24"]).json()["allowed_cidrs"] == ["198.51.100.0/24"]
    assert knock(acme.key_text, "198.51.100.9").status_code == 200
    assert knock(acme.key_text, "203.0.113.9").json()["error"]["code"] == "network_not_allowed"
    assert patch(acme, allowed_cidrs=["0.0.0.0/0"]).status_code == 422


def test_a_key_s_own_limit_comes_on_top_of_the_organization_s(acme: Tenant) -> None:
    patch(acme, rate_limit_per_minute=2)
    answers = [knock(acme.key_text) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["X-RateLimit-Limit"] == "2"
    assert '"key";q=2;w=60' in answers[0].headers["RateLimit-Policy"]


def test_scopes_can_be_narrowed_but_not_beyond_the_caller(acme: Tenant) -> None:
    assert patch(acme, permissions=["scan"]).json()["permissions"] == ["scan"]
    assert knock(acme.key_text).status_code == 403
    assert patch(acme, acme.vic.client(), permissions=["admin"]).status_code == 403


@pytest.mark.parametrize(("days", "status"), [(None, 201), (30, 201), (31, 422), (-1, 422)])
def test_the_organization_s_maximum_binds_new_keys(acme: Tenant, days: int | None, status: int) -> None:
    set_organization(acme, key_lifetime_days=30)
    expires_at = timezone.now() + timedelta(days=days, minutes=-1 if days == 30 else 1) if days else None
    made = post(acme.adam.client(), KEYS, name="CI", expires_at=expires_at and expires_at.isoformat())
    assert made.status_code == status
    if status == 201:
        assert made.json()["expires_at"] is not None


@pytest.mark.parametrize(
    ("plan", "path", "kind"), [("free", KEYS, "API keys"), ("free", "/dashboard/projects", "projects")]
)
def test_plans_limit_keys_and_projects(acme: Tenant, plan: str, path: str, kind: str) -> None:
    set_organization(acme, plan=plan)
    refused = post(acme.adam.client(), path, name="Another")
    assert (refused.status_code, refused.json()["code"]) == (403, "plan_limit_reached")
    assert kind in refused.json()["detail"]


def test_owners_and_admins_are_warned_once_for_each_threshold(acme: Tenant) -> None:
    def warn() -> str:
        told = StringIO()
        call_command("warn_expiring_keys", stdout=told)
        return told.getvalue().split()[0]

    assert warn() == "0"
    for left, expected in ((13, "1"), (13, "0"), (2, "1"), (0.5, "1"), (0.4, "0")):
        set_key(acme, expires_at=timezone.now() + timedelta(days=left))
        assert (left, warn()) == (left, expected)
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_inbox WHERE event_type = 'api_key.expiring'")
        assert cursor.fetchone() == (3,)
        warned = OutgoingMail.objects.filter(kind="api_key_expiring")
        assert sorted(set(warned.values_list("address", flat=True))) == [
            "adam@acme.example",
            "olivia@acme.example",
        ]
        assert warned.count() == 6


def test_the_warning_reads_well(acme: Tenant) -> None:
    from organizations.mailing import compose

    set_key(acme, expires_at=timezone.now() + timedelta(days=2))
    call_command("warn_expiring_keys", stdout=StringIO())
    message = compose(OutgoingMail.objects.filter(kind="api_key_expiring")[0])
    assert message is not None
    assert message.subject == "An API key of Acme is about to expire"
    assert acme.api_key.prefix in message.body
    assert acme.key_text not in message.body
