"""SIEM push: the sealed chain in batches, in every format, without a gap whatever the receiver does."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit.checkpoints import sign_checkpoints
from audit.keys import current_key
from audit.promptguard_verify import verify_copy
from promptguard.core.tenancy import platform_scope
from promptguard.webhooks import siem
from promptguard.webhooks.models import Endpoint
from promptguard.webhooks.signing import signature
from tests.people import Tenant, found_acme
from tests.webhooks.receivers import Receiver, an_endpoint, an_event


@pytest.fixture
def tenant(live_database: str) -> Tenant:
    return found_acme()


def follower(tenant: Tenant, url: str, name: str = "ndjson") -> tuple[Endpoint, str]:
    return an_endpoint(tenant, url, kind=Endpoint.Kind.SIEM, format=name)


def test_every_event_comes_in_order_and_in_batches(
    tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siem, "BATCH", 10)
    _, secret = follower(tenant, receiver.url())
    for number in range(25):
        an_event(tenant, number)
    while siem.push_due():
        pass
    lines = [json.loads(line) for each in receiver.requests() for line in each["body"].splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert [after["prev"] for after in lines[1:]] == [before["hash"] for before in lines[:-1]]
    assert sum(line["event"]["type"] == "audit.queried" for line in lines) == 25
    for each in receiver.requests():
        assert len(each["body"].splitlines()) <= 10
        given = {name.lower(): value for name, value in each["headers"].items()}
        timestamp = int(given["webhook-timestamp"])
        assert given["webhook-signature"] == signature(secret, given["webhook-id"], timestamp, each["body"])


def test_splunk_gets_its_token_and_can_prove_its_copy(
    tenant: Tenant, receiver: Receiver, tmp_path: Path, settings: Any
) -> None:
    """What an event collector stored, without one record, is convicted; complete it verifies up to the checkpoint."""
    settings.AUDIT_SIGNING_KEYS = str(tmp_path / "keys")
    token = {"Authorization": "Splunk 00000000-0000-0000-0000-000000000000"}
    an_endpoint(
        tenant, receiver.url("services/collector/event"), kind=Endpoint.Kind.SIEM, format="hec", headers=token
    )
    for number in range(5):
        an_event(tenant, number)
    sign_checkpoints((), organization_id=tenant.organization.id, interval="0 seconds")
    siem.push_due()
    (got,) = receiver.requests()
    assert got["headers"]["Authorization"] == token["Authorization"]
    lines = got["body"].decode().splitlines(keepends=True)
    key = [str(current_key().verifier)]
    assert "checkpoint" in lines[-1] and verify_copy("".join(lines), key)[0].codes() == set()
    assert verify_copy("".join(lines[:3] + lines[4:]), key)[0].codes() == {"gap"}
    assert verify_copy("".join(lines[:-2] + lines[-1:]), key)[0].codes() == {"checkpoint-ahead"}
    assert siem.push_due() == 0


def test_a_broken_receiver_loses_nothing(tenant: Tenant, receiver: Receiver) -> None:
    endpoint, _ = follower(tenant, receiver.url("status/503"))
    an_event(tenant)
    assert siem.push_due() == 1
    with platform_scope():
        row = Endpoint.all_tenants.get(id=endpoint.id)
        assert (row.cursor_seq, row.consecutive_failures) == (0, 1)
        Endpoint.all_tenants.update(url=receiver.url())
    assert siem.push_due() == 1
    first, second = receiver.requests()
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"]
    assert first["body"] == second["body"]
    assert siem.push_due() == 0


@pytest.mark.parametrize(
    ("name", "media_type", "says"),
    [
        ("ocsf", "application/x-ndjson", b'"class_uid"'),
        ("ecs", "application/x-ndjson", b'"@timestamp"'),
        ("cef", "text/plain", b"CEF:0|PromptGuard"),
        ("hec", "application/json", b'"sourcetype":"promptguard:audit","event":{"org":'),
    ],
)
def test_each_format(name: str, media_type: str, says: bytes, tenant: Tenant, receiver: Receiver) -> None:
    follower(tenant, receiver.url(), name)
    an_event(tenant)
    siem.push_due()
    (got,) = receiver.requests()
    assert got["headers"]["Content-Type"] == media_type
    assert says in got["body"]


def test_the_door_makes_one_and_refuses_nonsense(acme: Tenant) -> None:
    def ask(**body: Any) -> Any:
        return acme.olivia.client().post(
            "/dashboard/webhooks/endpoints", json.dumps(body), "application/json"
        )

    url = "https://hooks.example.com/splunk"
    made = ask(url=url, kind="siem", format="cef")
    assert (made.status_code, made.json()["format"]) == (201, "cef")
    assert ask(url=url, kind="siem").status_code == 422
    assert ask(url=url, kind="webhook", format="cef").status_code == 422
    assert ask(url=url, kind="siem", format="ocsf", project_id=str(acme.project.id)).status_code == 422
