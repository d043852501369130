"""Where workers answer Prometheus: nowhere by mistake."""

import socket
from collections.abc import Iterator

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured

from promptguard.core.metrics import expose


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        yield somebody.getsockname()[1]


@pytest.mark.parametrize("address", ["9464", ":9464", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999"])
def test_a_wrong_address_is_refused_in_words(address: str) -> None:
    """A port alone would answer on every network."""
    with pytest.raises(ImproperlyConfigured, match="WORKER_METRICS_ADDRESS"):
        expose(address)


def test_two_processes_cannot_share_an_address(taken: int) -> None:
    with pytest.raises(ImproperlyConfigured, match="needs its own"):
        expose(f"127.0.0.1:{taken}")


def test_an_empty_address_means_nowhere_and_a_right_one_answers() -> None:
    expose("")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    expose(f"127.0.0.1:{port}")
    assert "promptguard_jobs" in requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
