"""Security testing on the wire (contract 1.7)."""

from typing import Any
from urllib.parse import quote

import pytest

from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from tests.guard.test_guard_api import INJECTION
from tests.people import Tenant, api_client

RESULT = {
    "test_name", "category", "prompt", "decision", "reason", "threat_type", "confidence", "blocked", "errored",
    "passed", "details",
}  # fmt: skip


def post(tenant: Tenant, path: str, **body: Any) -> Any:
    return tenant.developer().post(f"/api/v1/{path}", body, content_type="application/json")


def all_tests(tenant: Tenant) -> list[dict[str, Any]]:
    answer = tenant.developer().get("/api/v1/proxy/security-testing/tests").json()
    assert answer["total"] == len(answer["tests"])
    tests: list[dict[str, Any]] = answer["tests"]
    return tests


def test_the_catalogue_can_be_read_without_running_it(acme: Tenant) -> None:
    tests = all_tests(acme)
    assert len(tests) >= 150
    assert len({test["name"] for test in tests}) == len(tests)
    assert set(tests[0]) == {"name", "category", "description", "expected_result"}


def test_one_test_is_run_by_name(acme: Tenant) -> None:
    name = all_tests(acme)[0]["name"]
    for mount in ("", "proxy/"):
        result = post(
            acme, f"{mount}security-testing/run/{quote(name, safe='')}", target_preset="default"
        ).json()
        assert set(result) == RESULT
        assert (result["test_name"], result["details"]) == (name, {})
        assert isinstance(result["confidence"], float)


@pytest.mark.parametrize("name", ["no such test", "a/b c", "%"])
def test_a_name_with_spaces_and_slashes_that_nobody_knows_is_404(acme: Tenant, name: str) -> None:
    response = post(acme, f"security-testing/run/{quote(name, safe='')}")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_the_whole_suite_has_a_rate_and_a_grade(acme: Tenant) -> None:
    summary = post(acme, "security-testing/run-all", target_preset="strict").json()
    assert summary["report_version"] == 2
    assert summary["total_tests"] == len(summary["results"]) == summary["blocked"] + summary["allowed"]
    assert summary["block_rate"] == pytest.approx(summary["blocked"] / summary["total_tests"], abs=1e-3)
    assert 0.8 <= summary["block_rate"] <= 1
    assert summary["grade"] in {"A", "B"}
    assert summary["errored_count"] == 0
    assert summary["false_positives"] <= summary["controls"] / 10


def test_a_prompt_of_one_s_own(acme: Tenant) -> None:
    blocked = post(
        acme, "security-testing/run-custom", custom_prompt=INJECTION, target_preset="support_bot:strict"
    )
    assert (blocked.json()["decision"], blocked.json()["blocked"]) == ("block", True)
    allowed = post(acme, "security-testing/run-custom", custom_prompt="How do I bake bread?").json()
    assert (allowed["decision"], allowed["confidence"], allowed["threat_type"]) == ("allow", 0.0, None)


@pytest.mark.parametrize("preset", ["nonsense-of-mine", "default:nonsense-of-mine", "strict:moderate", ""])
def test_an_unknown_preset_is_400_and_lists_the_names(acme: Tenant, preset: str) -> None:
    response = post(acme, "security-testing/run-custom", custom_prompt="Hi", target_preset=preset)
    if preset:
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_preset")
        assert "support_bot:strict" in response.json()["error"]["message"]
    else:
        assert response.status_code == 422
    assert "nonsense-of-mine" not in response.content.decode()


def test_the_paths_of_older_clients(acme: Tenant) -> None:
    name = all_tests(acme)[0]["name"]
    assert acme.developer().get("/api/v1/internal/redteam/tests").json()["total"] >= 150
    assert post(acme, f"proxy/internal/redteam/test/{name}").json()["test_name"] == name
    assert post(acme, "internal/redteam/test-custom", custom_prompt=INJECTION).json()["blocked"] is True
    assert post(acme, "internal/redteam/test-all").json()["report_version"] == 2


@pytest.mark.parametrize(("scope", "status"), [("proxy", 200), ("scan", 403), ("read", 403)])
def test_a_key_needs_the_proxy_scope(acme: Tenant, scope: str, status: int) -> None:
    with organization_scope(acme.organization.id):
        _, text = project_services.create_api_key(caller=acme.owner.caller, name=scope, scopes=[scope])
    client = api_client(X_API_Key=text)
    assert client.get("/api/v1/security-testing/tests").status_code == status
