"""Access lists: block wins, any allowance denies the rest, and only the guard plane asks."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from promptguard.projects.access.services import Rule, is_admitted
from tests.people import Tenant

HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def rule(effect: str, target_type: str, value: str) -> Rule:
    return Rule(None, effect == "block", target_type, value)


@pytest.mark.parametrize(
    ("rules", "ip", "end_user", "country", "admitted"),
    [
        ([], HERE, "", "", True),
        ([("block", "ip", HERE)], HERE, "", "", False),
        ([("block", "ip", HERE)], ELSEWHERE, "", "", True),
        ([("block", "ip_cidr", "198.51.100.0/24")], HERE, "", "", False),
        ([("block", "ip", HERE)], None, "", "", False),
        ([("block", "end_user", "u1")], HERE, "u1", "", False),
        ([("block", "end_user", "u1")], HERE, "U1", "", True),
        ([("block", "country", "KP")], HERE, "", "KP", False),
        ([("allow", "country", "DE")], HERE, "", "DE", True),
        ([("allow", "country", "DE")], HERE, "", "", False),
        ([("allow", "ip", HERE)], HERE, "", "", True),
        ([("allow", "ip", HERE)], ELSEWHERE, "", "", False),
        ([("allow", "ip", HERE)], None, "", "", False),
        ([("allow", "ip", HERE), ("allow", "end_user", "u1")], ELSEWHERE, "u1", "", True),
        ([("allow", "ip_cidr", "198.51.100.0/24"), ("block", "ip", HERE)], HERE, "", "", False),
    ],
)
def test_the_rule(
    rules: list[tuple[str, str, str]], ip: str | None, end_user: str, country: str, admitted: bool
) -> None:
    assert is_admitted([rule(*each) for each in rules], ip, end_user, country) is admitted


def add(tenant: Tenant, where: str = "", **asked: Any) -> Any:
    path = where or f"/dashboard/projects/{tenant.project.id}/access-list"
    return tenant.adam.client().post(path, {"list": "block"} | asked, content_type="application/json")


def scan(tenant: Tenant, address: str = HERE, **headers: str) -> Any:
    client = Client(headers={"X-API-Key": tenant.key_text} | headers, REMOTE_ADDR=address)
    return client.post("/api/v1/security/scan", {"content": "Hello"}, content_type="application/json")


def test_the_guard_refuses_in_the_contract_s_envelope(acme: Tenant) -> None:
    made = add(acme, target_type="end_user", value="mallory").json()
    refused = scan(acme, **{"X-End-User": "mallory"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "access_list_block")
    assert scan(acme, **{"X-End-User": "mia"}).status_code == 200
    path = f"/dashboard/projects/{acme.project.id}/access-list/{made['id']}"
    acme.adam.client().patch(path, {"is_active": False}, content_type="application/json")
    assert scan(acme, **{"X-End-User": "mallory"}).status_code == 200


def test_an_allowance_denies_the_rest_on_the_guard_plane_only(acme: Tenant) -> None:
    add(acme, list="allow", target_type="cidr", value="198.51.100.0/24")
    assert scan(acme).status_code == 200
    assert scan(acme, ELSEWHERE).status_code == 403
    reading = Client(headers={"X-API-Key": acme.key_text}, REMOTE_ADDR=ELSEWHERE)
    assert reading.get("/api/v1/projects").status_code == 200


def test_the_organization_s_rules_count_in_every_project_and_only_there(acme: Tenant, globex: Tenant) -> None:
    where = f"/dashboard/organizations/{acme.organization.id}/access-list"
    assert add(acme, where, target_type="ip", value=HERE).json()["project_id"] is None
    assert scan(acme).status_code == 403
    assert scan(globex).status_code == 200


def test_a_country_is_believed_from_a_trusted_proxy_only(acme: Tenant, settings: Settings) -> None:
    settings.COUNTRY_HEADER, settings.TRUSTED_PROXY_CIDRS = "CF-IPCountry", [f"{HERE}/32"]
    add(acme, list="allow", target_type="country", value="de")
    assert scan(acme, **{"CF-IPCountry": "DE", "X-Forwarded-For": "192.0.2.1"}).status_code == 200
    assert scan(acme, **{"CF-IPCountry": "FR", "X-Forwarded-For": "192.0.2.1"}).status_code == 403
    assert scan(acme, ELSEWHERE, **{"CF-IPCountry": "DE"}).status_code == 403


@pytest.mark.parametrize(
    ("target_type", "value"),
    [("ip", "junk"), ("ip_cidr", "0.0.0.0/0"), ("country", "Germany"), ("planet", "Mars")],
)
def test_values_fit_their_target(acme: Tenant, target_type: str, value: str) -> None:
    assert add(acme, target_type=target_type, value=value).status_code == 422


def test_a_rule_stands_once(acme: Tenant) -> None:
    assert [add(acme, target_type="ip", value=HERE).status_code for _ in range(2)] == [201, 409]


def test_agents_and_restored_tokens_stand_behind_the_same_list(acme: Tenant) -> None:
    """Else a blocked end user would take the other door."""
    add(acme, target_type="end_user", value="mallory")
    client = Client(headers={"X-API-Key": acme.key_text, "X-End-User": "mallory"}, REMOTE_ADDR=HERE)
    tried = {
        "agent/validate-tool": {"agent_id": "a", "tool_name": "search", "arguments": {}},
        "agent/memory/scan": {"content": "Hello", "direction": "write"},
        "security/restore": {"content": "Hello", "session_id": "s"},
    }
    for path, body in tried.items():
        refused = client.post(f"/api/v1/{path}", body, content_type="application/json")
        assert (path, refused.status_code) == (path, 403)
        assert refused.json()["error"]["code"] == "access_list_block"
