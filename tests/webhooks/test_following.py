"""What the chain writes itself reaches webhooks too, once it is sealed."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.envelope import Envelope
from audit.models import AuditEvent
from audit.sealing import seal_batch
from promptguard.core.tenancy import platform_scope
from promptguard.webhooks.dispatch import deliver_due
from promptguard.webhooks.following import follow
from tests.people import Tenant, found_acme, found_globex
from tests.webhooks.receivers import Receiver, an_endpoint


@pytest.fixture
def tenants(live_database: str) -> Any:
    return found_acme(), found_globex()


def ask(tenant: Tenant) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "Good morning"}]})
    assert tenant.developer().post("/api/v1/guard", body, "application/json").status_code == 200


def test_a_sealed_batch_is_told_once_to_who_named_it(tenants: Any, receiver: Receiver) -> None:
    acme, globex = tenants
    ask(acme)
    seal_batch()
    an_endpoint(acme, receiver.url("named"), event_types=["interactions.sealed"])
    an_endpoint(acme, receiver.url("noun"), event_types=["interactions.*"])
    an_endpoint(acme, receiver.url("everything"))
    an_endpoint(globex, receiver.url("foreign"), event_types=["interactions.sealed"])
    ask(acme)
    while seal_batch():
        pass
    now = timezone.now()
    assert (follow(now), follow(now)) == (2, 0)
    deliver_due()
    bodies = [(each["path"], json.loads(each["body"])) for each in receiver.requests()]
    heard = {path: body for path, body in bodies if body["type"] == "interactions.sealed"}
    assert set(heard) == {"/named", "/noun"}, (
        "what was sealed before the endpoint was made is none of its business"
    )
    assert heard["/named"]["data"]["details"]["count"] == 1
    assert follow(now + timedelta(days=4)) == 0, "too old to be told"


def test_an_envelope_reads_what_it_wrote(tenants: Any) -> None:
    while seal_batch():
        pass
    with platform_scope():
        documents = [bytes(row.canonical) for row in AuditEvent.all_tenants.all()]
    assert documents
    assert [Envelope.read(document).canonical() for document in documents] == documents
