"""Rate limits are exact on one Valkey, on a cluster, and in a process left alone by both."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from promptguard.core import metrics, ratelimit, valkey
from promptguard.core.errors import RateLimited
from promptguard.core.ratelimit import Decision, Limit, LocalBuckets, RateLimiter, decide, enforce
from tests import servers

PER_MINUTE, CLIENTS, REQUESTS = 600, 8, 1_000


@pytest.fixture(autouse=True)
def own_connections() -> Iterator[None]:
    valkey.forget_clients()
    yield
    valkey.forget_clients()


def limit(
    per_minute: int = PER_MINUTE, burst: int | None = None, name: str = "organization", tenant: str = "t"
) -> Limit:
    return Limit(name, tenant, name, per_minute, burst or per_minute)


class Witness:
    """Notes what was decided when (µs of the deciding clock), and what the rule says about those moments."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[tuple[int, bool]] = []
        original = ratelimit.decision

        def noting(admitted: bool, now: int, *rest: Any) -> Decision:
            self.seen.append((now, admitted))
            return original(admitted, now, *rest)

        monkeypatch.setattr(ratelimit, "decision", noting)

    def allowed(self, limits: list[Limit]) -> int:
        """How many of the observed moments the rule admits, one after the other."""
        arrivals, passed = [0] * len(limits), 0
        for now, _ in sorted(self.seen):
            admitted, arrivals = decide(now, arrivals, limits, 1)
            passed += admitted
        return passed


def hammer(charge: Callable[[], Decision], during: Callable[[int], None] = lambda number: None) -> int:
    """1,000 requests by 8 clients at once; how many passed."""
    start = threading.Barrier(CLIENTS)

    def client(which: int) -> int:
        start.wait()
        passed = 0
        for number in range(which, REQUESTS, CLIENTS):
            during(number)
            passed += charge().admitted
        return passed

    with ThreadPoolExecutor(CLIENTS) as threads:
        return sum(threads.map(client, range(CLIENTS)))


def test_exactly_the_allowed_number_passes_on_one_valkey(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.valkey_server() as server:
        settings.REDIS_URL = server.connection_url
        limiter, witness = RateLimiter(), Witness(monkeypatch)
        before = metrics.RATE_LIMIT_FALLBACKS._value.get()
        passed = hammer(lambda: limiter.charge([limit()]))
        assert metrics.RATE_LIMIT_FALLBACKS._value.get() == before
    assert PER_MINUTE <= passed < REQUESTS
    assert passed == witness.allowed([limit()])


def test_exactly_the_allowed_number_passes_on_a_cluster_of_three(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.valkey_cluster() as nodes:
        settings.REDIS_CLUSTER_NODES = [f"{node.host}:{node.port}" for node in nodes]
        before = metrics.RATE_LIMIT_FALLBACKS._value.get()
        for tenant in ("acme", "globex", "initech"):
            limiter, witness = RateLimiter(), Witness(monkeypatch)
            limits = [limit(tenant=tenant), limit(per_minute=900, name="key", tenant=tenant)]
            passed = hammer(lambda limiter=limiter, limits=limits: limiter.charge(limits))  # type: ignore[misc]
            assert PER_MINUTE <= passed < REQUESTS
            assert passed == witness.allowed(limits)
            monkeypatch.undo()
        assert metrics.RATE_LIMIT_FALLBACKS._value.get() == before


@pytest.mark.parametrize("how", ["server", "cluster"])
def test_with_valkey_killed_in_the_middle_the_process_keeps_the_limit(settings: Settings, how: str) -> None:
    start: Any = servers.valkey_server() if how == "server" else servers.valkey_cluster()
    with start as started:
        victims = [started] if how == "server" else started
        if how == "server":
            settings.REDIS_URL = started.connection_url
        else:
            settings.REDIS_CLUSTER_NODES = [f"{node.host}:{node.port}" for node in started]
        limiter = RateLimiter()
        slow = limit(per_minute=PER_MINUTE // 10, burst=PER_MINUTE)

        def kill(number: int) -> None:
            if number == REQUESTS // 3:
                for victim in victims:
                    victim.terminate()

        before, begun = metrics.RATE_LIMIT_FALLBACKS._value.get(), LocalBuckets.now()
        passed = hammer(lambda: limiter.charge([slow]), kill)
        seconds = (LocalBuckets.now() - begun) / 1_000_000
        assert metrics.RATE_LIMIT_FALLBACKS._value.get() > before
    # It went on from what Valkey had said: up to a request in flight per client apart, nobody got a second burst.
    assert abs(passed - PER_MINUTE - seconds) <= 2 * CLIENTS


def test_a_dead_valkey_costs_one_time_out_a_second_not_one_a_request(settings: Settings) -> None:
    settings.REDIS_URL = "redis://192.0.2.1:6379"
    limiter, begun = RateLimiter(), LocalBuckets.now()
    passed = sum(limiter.charge([limit(burst=50)]).admitted for _ in range(500))
    assert LocalBuckets.now() - begun < 1_000_000
    assert passed == pytest.approx(50, abs=10)


def test_without_valkey_each_process_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter, witness = RateLimiter(), Witness(monkeypatch)
    before = metrics.RATE_LIMIT_FALLBACKS._value.get()
    assert hammer(lambda: limiter.charge([limit()])) == witness.allowed([limit()])
    assert metrics.RATE_LIMIT_FALLBACKS._value.get() == before


def test_all_limits_are_charged_or_none() -> None:
    limiter = RateLimiter()
    wide, narrow = limit(burst=10), limit(burst=2, name="key")
    admitted = [limiter.charge([wide, narrow]).admitted for _ in range(5)]
    assert admitted == [True, True, False, False, False]
    assert limiter.charge([wide], cost=0).states[0].remaining == 8


def test_looking_costs_nothing() -> None:
    limiter = RateLimiter()
    for _ in range(5):
        assert limiter.charge([limit(burst=3)], cost=0).states[0].remaining == 3


def test_headers_of_an_admitted_and_of_a_refused_request() -> None:
    limiter = RateLimiter()
    both = [limit(per_minute=60, burst=1), limit(per_minute=600, name="key")]
    headers = limiter.charge(both).headers()
    assert headers["X-RateLimit-Limit"] == "60"
    assert headers["X-RateLimit-Remaining"] == "0"
    assert headers["RateLimit-Policy"] == '"organization";q=60;w=60, "key";q=600;w=60'
    assert headers["RateLimit"] == '"organization";r=0;t=1, "key";r=599;t=1'
    assert "Retry-After" not in headers
    assert limiter.charge(both).headers()["Retry-After"] == "1"


def test_no_limit_no_headers() -> None:
    assert RateLimiter().charge([]).headers() == {}


def test_enforcing_raises_with_the_time_to_come_back() -> None:
    only = limit(per_minute=1, burst=1, tenant="enforced")
    enforce([only])
    with pytest.raises(RateLimited) as refused:
        enforce([only])
    assert refused.value.headers["Retry-After"] == "60"
    assert refused.value.extra == {"retry_after": 60}


def test_buckets_that_are_full_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "LOCAL_BUCKETS", 10)
    buckets = LocalBuckets()
    buckets.charge([limit(tenant="busy", per_minute=1)], 1)
    for number in range(50):
        buckets.charge([limit(tenant=f"t{number}", per_minute=60_000_000)], 1)
    assert len(buckets._arrivals) <= 12
    assert buckets.charge([limit(tenant="busy", per_minute=1, burst=1)], 1).admitted is False


@given(
    steps=st.lists(st.integers(0, 5_000_000), max_size=200),
    per_minute=st.integers(1, 6_000),
    burst=st.integers(1, 50),
)
def test_no_window_ever_sees_more_than_burst_and_rate(steps: list[int], per_minute: int, burst: int) -> None:
    one, now, arrivals, passed = limit(per_minute, burst), 0, [0], list[int]()
    for step in steps:
        now += step
        admitted, arrivals = decide(now, arrivals, [one], 1)
        passed += [now] if admitted else []
    for index, begin in enumerate(passed):
        for count, end in enumerate(passed[index:], start=1):
            assert count <= burst + (end - begin) / one.interval
