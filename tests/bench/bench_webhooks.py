"""Webhooks: deliveries per second of one worker, and what the fan-out adds to an event. `pytest -m bench -s` on this file."""

import time
from collections.abc import Callable

import pytest
import urllib3
from django.db import connection

from audit.actions import Action
from audit.services import record
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.webhooks.dispatch import deliver_due
from tests.people import Tenant, found_acme
from tests.webhooks.receivers import Receiver, an_endpoint
from tests.webhooks.test_drills import QUEUE_UP

pytestmark = pytest.mark.bench
COUNT = 1000


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def events(tenant: Tenant, count: int) -> None:
    for number in range(count):
        with organization_scope(tenant.organization.id):
            record(Action.AUDIT_QUERIED, caller=tenant.owner.caller, details={"number": number})


def test_deliveries_per_second(
    live_database: str, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    tenants = found_acme()
    for _ in range(4):
        endpoint, _ = an_endpoint(tenants, receiver.url(), event_types=["audit.queried"])
        with platform_scope(), connection.cursor() as cursor:
            cursor.execute(QUEUE_UP, [tenants.organization.id, endpoint.id, COUNT // 4])
    spent = seconds(lambda: deliver_due(seconds=120))
    pool = urllib3.PoolManager(maxsize=1)
    bare = seconds(lambda: [pool.request("POST", receiver.url(), body=b"{}") for _ in range(COUNT)])
    with capsys.disabled():
        print(
            f"\nwebhooks: {COUNT / spent:,.0f} deliveries/s per worker; bare POSTs one after another "
            f"{COUNT / bare:,.0f}/s; ratio {bare / spent:.2f}"
        )


@pytest.mark.parametrize("endpoints", [0, 1, 10])
def test_fan_out(endpoints: int, live_database: str, capsys: pytest.CaptureFixture[str]) -> None:
    from audit.signals import event_recorded
    from promptguard.webhooks.receivers import deliver_event

    acme = found_acme()
    for _ in range(endpoints):
        an_endpoint(acme, "https://hooks.example.com/", event_types=["audit.queried"])
    events(acme, 50)
    told = seconds(lambda: events(acme, 300))
    event_recorded.disconnect(deliver_event)
    silent = seconds(lambda: events(acme, 300))
    event_recorded.connect(deliver_event)
    with capsys.disabled():
        print(
            f"\nfan-out to {endpoints}: {told / 300 * 1000:.2f} ms per event, without {silent / 300 * 1000:.2f} ms; "
            f"ratio {told / silent:.2f}"
        )
