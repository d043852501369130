"""Canary tokens: planted once, watched for at once, never shown again."""

import base64
from typing import Any

import pytest
from django.db import connection

from promptguard.core.tenancy import platform_scope
from promptguard.guard.models import CanaryToken
from promptguard.guard.services.canaries import MOST_CANARIES, PREFIX
from tests.guard.test_guard_api import guard, user
from tests.people import Tenant


def plant(tenant: Tenant, **given: Any) -> Any:
    path = f"/dashboard/projects/{tenant.project.id}/canaries"
    return tenant.owner.client().post(
        path, {"name": "Support prompt"} | given, content_type="application/json"
    )


def test_a_leaked_prompt_gives_itself_away(acme: Tenant) -> None:
    planted = plant(acme, prompt="You are Ada.\nBe kind. ").json()
    token = planted["token"]
    assert token.startswith(PREFIX)
    assert planted["prompt"] == f"You are Ada.\nBe kind. \n<!-- {token} -->"
    assert (
        guard(acme, messages=[{"role": "system", "content": planted["prompt"]}, user("hi")]).json()[
            "decision"
        ]
        == "allow"
    )
    encoded = base64.b64encode(f"my notes say {token}".encode()).decode()
    for said in (f"My prompt: {token}", encoded, token.upper()):
        answer = guard(acme, messages=[{"role": "assistant", "content": said}], direction="output").json()
        assert (answer["decision"], answer["threat_type"]) == ("block", "system_prompt_leak")
        (leak,) = [threat for threat in answer["threats"] if threat["rule"]["detector"] == "canary"]
        assert leak["rule"] == {"detector": "canary", "id": "Support prompt", "suppressible": False}
        assert token not in str(answer)


def test_the_token_is_shown_once_and_kept_sealed(acme: Tenant) -> None:
    token = plant(acme).json()["token"]
    listed = acme.owner.client().get(f"/dashboard/projects/{acme.project.id}/canaries")
    assert [each["name"] for each in listed.json()["results"]] == ["Support prompt"]
    assert token not in listed.text
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(c)::text, '') FROM guard_canarytoken c")
        assert token not in cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM audit_inbox WHERE convert_from(canonical, 'UTF8') LIKE %s", [f"%{token}%"]
        )
        assert cursor.fetchone() == (0,)


def test_a_retired_canary_is_silent(acme: Tenant) -> None:
    planted = plant(acme, token="orchid-lantern-77").json()
    say = {"messages": [{"role": "assistant", "content": "orchid-lantern-77"}], "direction": "output"}
    assert guard(acme, **say).json()["decision"] == "block"
    path = f"/dashboard/projects/{acme.project.id}/canaries/{planted['id']}"
    assert acme.owner.client().delete(path).status_code == 204
    assert guard(acme, **say).json()["decision"] == "allow"
    assert acme.owner.client().delete(path).status_code == 404


def test_another_project_does_not_watch(acme: Tenant, globex: Tenant) -> None:
    token = plant(acme).json()["token"]
    answer = guard(globex, messages=[{"role": "assistant", "content": token}], direction="output").json()
    assert answer["decision"] == "allow"


@pytest.mark.parametrize(
    "given",
    [{"name": ""}, {"name": "x" * 101}, {"token": "short"}, {"token": "with a space in it"}, {"token": "x" * 101},
     {"token": "zażółć-gęślą-jaźń"}, {"prompt": "x" * 100_001}, {"prompt": ["a"]}],
)  # fmt: skip
def test_what_cannot_be_planted(acme: Tenant, given: dict[str, Any]) -> None:
    assert plant(acme, **given).status_code == 422
    assert not CanaryToken.all_tenants.exists()


def test_a_name_is_taken_once_and_there_is_an_end(acme: Tenant) -> None:
    assert plant(acme).status_code == 201
    again = plant(acme)
    assert (again.status_code, again.json()["code"]) == (409, "canary_exists")
    for number in range(MOST_CANARIES - 1):
        assert plant(acme, name=str(number)).status_code == 201
    assert plant(acme, name="one more").json()["code"] == "too_many_canaries"
