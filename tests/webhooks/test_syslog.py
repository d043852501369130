"""Syslog over TLS: the sealed chain as CEF, to a receiver that ends the connection as it should, and to others."""

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audit.promptguard_verify import copied_records
from promptguard.core.addresses import RefusedAddress
from promptguard.core.http import NotReached, Outbound
from promptguard.core.syslog import deliver, framed
from promptguard.core.tenancy import platform_scope
from promptguard.webhooks import siem
from promptguard.webhooks.dispatch import deliver_due
from promptguard.webhooks.models import Endpoint
from tests.people import Tenant, found_acme
from tests.webhooks import names
from tests.webhooks.receivers import an_endpoint, an_event
from tests.webhooks.syslog import SyslogReceiver, certificate

Starting = Callable[..., SyslogReceiver]


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("syslog"))


@pytest.fixture
def started(pem: Path) -> Iterator[Starting]:
    running: list[SyslogReceiver] = []

    def start(hangs_up: int | None = None) -> SyslogReceiver:
        running.append(SyslogReceiver(pem, hangs_up))
        return running[-1]

    yield start
    for each in running:
        each.close()


@pytest.fixture
def client(pem: Path) -> Outbound:
    network = ipaddress.ip_network(f"{names.RECEIVER}/32")
    return Outbound([network], resolver=names.resolve, trust=ssl.create_default_context(cafile=str(pem)))


@pytest.fixture
def tenant(live_database: str) -> Tenant:
    return found_acme()


def test_lines_arrive_counted_in_octets(client: Outbound, started: Starting) -> None:
    receiver, lines = started(), [f"<110>1 line {number} Zürich\n" for number in range(5000)]
    deliver(client, receiver.url, lines)
    assert receiver.messages() == [line.rstrip("\n") for line in lines]
    assert framed("é\n") == b"2 \xc3\xa9"


def test_a_receiver_that_hangs_up_in_the_middle_has_got_nothing(client: Outbound, started: Starting) -> None:
    receiver = started(hangs_up=1000)
    with pytest.raises(NotReached):
        deliver(client, receiver.url, ["x" * 1000] * 20_000, seconds=10)


def test_an_unknown_certificate_gets_no_line(started: Starting) -> None:
    stranger = Outbound([ipaddress.ip_network(f"{names.RECEIVER}/32")], resolver=names.resolve)
    receiver = started()
    with pytest.raises(NotReached) as refused:
        deliver(stranger, receiver.url, ["secret"])
    assert refused.value.kind == "tls"
    assert receiver.received == []


@pytest.mark.parametrize(
    "url",
    ["syslog://receiver.test:514", "https://receiver.test", "syslog+tls://user@receiver.test", "syslog+tls://localhost",
     "syslog+tls://10.0.0.1", "syslog+tls://169.254.169.254:6514"],
)  # fmt: skip
def test_where_no_line_goes(client: Outbound, url: str) -> None:
    with pytest.raises(RefusedAddress):
        deliver(client, url, ["x"])


def test_a_siem_follows_the_chain_over_syslog(tenant: Tenant, client: Outbound, started: Starting) -> None:
    receiver = started()
    endpoint, _ = an_endpoint(tenant, receiver.url, kind=Endpoint.Kind.SIEM, format="cef")
    for number in range(25):
        an_event(tenant, number)
    while siem.push_due(client=client):
        pass
    found = list(copied_records("\n".join(receiver.messages())))
    assert [int(record["seq"]) for record in found] == list(range(1, len(found) + 1))
    assert len(found) > 25
    with platform_scope():
        assert Endpoint.all_tenants.get(id=endpoint.id).cursor_seq == len(found)


def test_a_test_event_is_a_line_too(tenant: Tenant, client: Outbound, started: Starting) -> None:
    receiver = started()
    endpoint, _ = an_endpoint(tenant, receiver.url, kind=Endpoint.Kind.SIEM, format="cef")
    path = f"/dashboard/webhooks/endpoints/{endpoint.id}/test"
    assert tenant.owner.client().post(path).status_code == 202
    deliver_due(client=client)
    (line,) = receiver.messages()
    assert line.startswith("<110>1 - - promptguard - - - {")


def test_a_receiver_that_is_away_loses_nothing(tenant: Tenant, client: Outbound, started: Starting) -> None:
    receiver = started()
    endpoint, _ = an_endpoint(tenant, receiver.url, kind=Endpoint.Kind.SIEM, format="cef")
    receiver.close()
    an_event(tenant)
    assert siem.push_due(client=client) == 1
    with platform_scope():
        row = Endpoint.all_tenants.get(id=endpoint.id)
        assert (row.cursor_seq, row.consecutive_failures) == (0, 1)


@pytest.mark.parametrize(
    ("kind", "chosen", "status"), [("siem", "cef", 201), ("siem", "ndjson", 422), ("webhook", "json", 422)]
)
def test_only_cef_travels_by_syslog(tenant: Tenant, kind: str, chosen: str, status: int) -> None:
    body = {"url": "syslog+tls://siem.example.com", "kind": kind, "format": chosen}
    made = tenant.owner.client().post("/dashboard/webhooks/endpoints", body, content_type="application/json")
    assert made.status_code == status, made.content
