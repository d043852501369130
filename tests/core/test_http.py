"""The way out: hostile URLs are refused when they are saved and when they are used."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from promptguard.core.addresses import RefusedAddress
from promptguard.core.http import Answer, NotReached, Outbound
from promptguard.core.tenancy import organization_scope
from promptguard.webhooks.dispatch import deliver_due
from promptguard.webhooks.models import Delivery, Endpoint
from promptguard.webhooks.services import send_test
from tests.people import Tenant
from tests.webhooks import names
from tests.webhooks.receivers import Receiver, an_endpoint

HOSTILE = [
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "gopher://hooks.example.com/",
    "//hooks.example.com/",
    "https://",
    "https:///hook",
    "https://127.0.0.1/",
    "https://127.0.0.1:443/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://0/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://a.localhost/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://user@hooks.example.com/",
    "https://user:password@hooks.example.com/",
    "https://hooks.example.com@127.0.0.1/",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:80/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:99999/",
    "https://hooks.example.com/#fragment",
    "https://hooks.example.com /",
    "https://hooks.example.com/\r\nX-Injected: 1",
    "https://ⓔxample.com/",
    "https://hooks。example.com/",
    "https://hooks.example.com%2f@127.0.0.1/",
    "https://" + "a" * 2100 + ".example.com/",
    "https://inside.test/",
    "https://both.test/",
    "https://scoped.test/",
]


@pytest.fixture(autouse=True)
def hostile_names() -> Iterator[None]:
    names.ANSWERS.update(
        {
            "inside.test": [["10.0.0.7"]],
            "both.test": [[names.PUBLIC, "127.0.0.1"]],
            "scoped.test": [["fe80::1%eth0"]],
        }
    )
    yield
    names.ANSWERS.clear()


@pytest.fixture
def client() -> Outbound:
    return Outbound(allowed=[ip_network("127.0.0.77/32")], resolver=names.resolve)


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_urls_are_refused(url: str, client: Outbound) -> None:
    with pytest.raises(RefusedAddress) as refused:
        client.check(url)
    assert url not in refused.value.message
    with pytest.raises(RefusedAddress):
        client.send("POST", url, headers={})


def test_hostile_urls_are_refused_when_saved_and_when_sent(acme: Tenant) -> None:
    client, endpoint = acme.olivia.client(), an_endpoint(acme, "https://hooks.example.com/")[0]
    for url in HOSTILE:
        body = json.dumps({"url": url})
        saved = client.post("/dashboard/webhooks/endpoints", body, "application/json")
        changed = client.patch(f"/dashboard/webhooks/endpoints/{endpoint.id}", body, "application/json")
        body = json.dumps({"webhook_url": url})
        path = f"/dashboard/projects/{acme.project.id}/webhook"
        by_project = client.patch(path, body, "application/json")
        assert {saved.status_code, changed.status_code, by_project.status_code} == {422}, url
    with organization_scope(acme.organization.id):
        for url in HOSTILE:
            if len(url) < 2048:
                Endpoint.objects.for_caller(acme.owner.caller).update(
                    url=url, paused_until=None, consecutive_failures=0
                )
                sent = send_test(caller=acme.owner.caller, endpoint=endpoint)
                deliver_due()
                delivery = Delivery.objects.for_caller(acme.owner.caller).get(id=sent.id)
                assert (delivery.attempt_count, delivery.last_outcome) == (1, "refused"), url


def test_good_urls_pass(client: Outbound) -> None:
    for url in (
        "https://hooks.example.com",
        "https://hooks.example.com:8443/a?b=c",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    ):
        assert client.check(url).port in (443, 8443)


def test_a_name_that_changes_its_mind_is_refused_at_sending(receiver: Receiver, client: Outbound) -> None:
    """DNS rebinding: first public, then inside; and what was checked is what is connected to."""
    names.ANSWERS["rebind.test"] = [[names.PUBLIC], ["127.0.0.1"]]
    client.check("https://rebind.test/")
    with pytest.raises(RefusedAddress):
        client.send("POST", "https://rebind.test/", headers={})
    names.ANSWERS["flip.test"] = [[names.RECEIVER], ["127.0.0.1"], ["127.0.0.1"]]
    answer = client.send("POST", f"http://flip.test:{receiver.port}/ok", headers={}, body=b"x")
    assert answer.status == 200
    assert receiver.requests()[0]["headers"]["Host"] == f"flip.test:{receiver.port}"


def test_a_redirect_is_an_answer(receiver: Receiver, client: Outbound) -> None:
    answer = client.send("POST", receiver.url("redirect"), headers={}, body=b"x")
    assert (answer.status, answer.headers["Location"]) == (302, "/ok")
    assert [each["path"] for each in receiver.requests()] == ["/redirect"]


@pytest.mark.parametrize("path", ["slow/30", "drip"])
def test_the_whole_request_has_one_deadline(path: str, receiver: Receiver, client: Outbound) -> None:
    started = time.monotonic()
    with pytest.raises(NotReached) as late:
        client.send("POST", receiver.url(path), headers={}, body=b"x", seconds=0.5)
    assert late.value.kind == "timeout"
    assert time.monotonic() - started < 2


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    blocked = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        blocked.wait(20)
        return [names.PUBLIC]

    started = time.monotonic()
    with pytest.raises(NotReached) as late:
        Outbound(resolver=hang).send("POST", "https://hooks.example.com/", headers={}, seconds=0.3)
    blocked.set()
    assert late.value.kind == "resolution"
    assert time.monotonic() - started < 2


def test_a_long_answer_is_cut_off(client: Outbound) -> None:
    with socket.create_server((names.RECEIVER, 0)) as server:

        def flood() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
                try:
                    for _ in range(100):
                        connection.sendall(b"x" * 100_000)
                except OSError:
                    return

        thread = threading.Thread(target=flood)
        thread.start()
        url = f"http://{names.RECEIVER}:{server.getsockname()[1]}/"
        answer: Answer = client.send("GET", url, headers={}, largest_answer=1000)
        thread.join(10)
    assert answer.body == b"x" * 1000


def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, client: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert client.send("POST", receiver.url(), headers={}, body=b"x").status == 200
