"""Tenants hear of the signed checkpoints of their own log, once each, and hearing of them makes nothing new to sign."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit.checkpoints import sign_checkpoints
from audit.keys import current_key
from audit.models import Head
from promptguard.core.tenancy import platform_scope
from promptguard.webhooks import dispatch
from promptguard.webhooks.models import Delivery
from promptguard.webhooks.witnessing import witness
from tests.people import Tenant, found_acme
from tests.webhooks.receivers import Receiver, an_endpoint, an_event


@pytest.fixture
def tenant(live_database: str, tmp_path: Path, settings: Any) -> Tenant:
    settings.AUDIT_SIGNING_KEYS = str(tmp_path / "keys")
    return found_acme()


def sign(tenant: Tenant) -> int:
    return sign_checkpoints((), organization_id=tenant.organization.id, interval="0 seconds")


def size(tenant: Tenant) -> int:
    with platform_scope():
        return Head.all_tenants.get(organization_id=tenant.organization.id).seq


def test_an_endpoint_that_names_it_keeps_every_checkpoint(tenant: Tenant, receiver: Receiver) -> None:
    an_endpoint(tenant, receiver.url(), event_types=["audit.checkpoint"])
    an_event(tenant)
    assert witness() == 0 and sign(tenant) == 1
    assert (witness(), witness()) == (1, 0)
    dispatch.deliver_due()
    (got,) = receiver.requests()
    said = json.loads(got["body"])
    assert said["type"] == "audit.checkpoint" and said["data"]["size"] == size(tenant)
    assert current_key().verifier.has_signed(said["data"]["note"])
    assert f"head {said['data']['head']}" in said["data"]["note"]
    an_event(tenant)
    sign(tenant)
    assert witness() == 1


def test_telling_of_it_signs_nothing_new(tenant: Tenant, receiver: Receiver) -> None:
    an_endpoint(tenant, receiver.url(), event_types=["audit.checkpoint"])
    an_event(tenant)
    sign(tenant)
    before = size(tenant)
    witness()
    dispatch.deliver_due()
    assert size(tenant) == before and witness() == 0


@pytest.mark.parametrize("wanted", [[], ["*"], ["project.updated"]])
def test_who_did_not_name_it_is_left_alone(tenant: Tenant, receiver: Receiver, wanted: list[str]) -> None:
    an_endpoint(tenant, receiver.url(), event_types=wanted)
    with platform_scope():
        Delivery.all_tenants.all().delete()
    an_event(tenant)
    sign(tenant)
    assert witness() == 0


def test_nobody_hears_of_another_log(tenant: Tenant, receiver: Receiver) -> None:
    from tests.people import found_globex

    globex = found_globex()
    an_endpoint(globex, receiver.url(), event_types=["audit.checkpoint"])
    an_event(tenant)
    sign(tenant)
    assert witness() == 0
