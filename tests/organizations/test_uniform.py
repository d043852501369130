"""Brute force is slowed, and neither words nor time tell a known address from an unknown one."""

import os
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from organizations import throttles
from promptguard.core.errors import RateLimited
from tests.people import NEW_PASSWORD, PASSWORD, Tenant, api_client, found_acme

SAMPLES = 200


def post(path: str, body: dict[str, Any], **headers: str) -> Any:
    return api_client(**headers).post(f"/dashboard/{path}", body, content_type="application/json")


# --- Throttles ----------------------------------------------------------------------------------------

DOORS = [
    ("auth/login", {"email": "olivia@acme.example", "password": "wrong"}, 401, 10),
    ("auth/password/reset", {"email": "olivia@acme.example"}, 202, 5),
    ("auth/verify-email/resend", {"email": "olivia@acme.example"}, 202, 5),
    ("auth/password/reset/confirm", {"token": "guess", "password": NEW_PASSWORD}, 400, 30),
    ("auth/verify-email", {"token": "guess"}, 400, 30),
    ("invitations/preview", {"token": "guess"}, 404, 30),
    ("invitations/decline", {"token": "guess"}, 404, 30),
    ("invitations/sign-up", {"token": "guess", "password": PASSWORD}, 404, 30),
]


@pytest.fixture(autouse=True)
def stopped_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Windows end by the clock; a test that counts must not straddle one."""
    import time_machine

    if "live_database" in request.fixturenames:
        yield
    else:
        with time_machine.travel("2026-11-23 12:00:10+00:00", tick=False):
            yield


@pytest.mark.parametrize(("path", "body", "status", "allowed"), DOORS, ids=[door[0] for door in DOORS])
@pytest.mark.parametrize("cache", ["shared", "down"])
def test_brute_force_is_throttled(
    acme: Tenant, path: str, body: dict[str, str], status: int, allowed: int, cache: str, monkeypatch: Any
) -> None:
    if cache == "down":
        monkeypatch.setattr(LocMemCache, "add", unreachable)
    answers = [post(path, body) for _ in range(allowed + 3)]
    assert [answer.status_code for answer in answers] == [status] * allowed + [429] * 3
    assert int(answers[-1]["Retry-After"]) > 0


def unreachable(*args: Any, **kwargs: Any) -> None:
    raise ConnectionError("the cache is gone")


def test_a_cache_that_swallows_its_errors_does_not_open_the_door(db: None, monkeypatch: Any) -> None:
    """django-redis with IGNORE_EXCEPTIONS answers None to everything."""
    monkeypatch.setattr(LocMemCache, "add", lambda *args, **kwargs: None)
    monkeypatch.setattr(LocMemCache, "incr", lambda *args, **kwargs: None)
    throttle = throttles.Throttle("test-swallowed", "3/m")
    for _ in range(3):
        throttle.spend("somebody")
    with pytest.raises(RateLimited):
        throttle.spend("somebody")
    throttle.spend("somebody else")


def test_the_local_count_is_exact_under_threads(monkeypatch: Any) -> None:
    monkeypatch.setattr(LocMemCache, "add", unreachable)
    throttle, passed = throttles.Throttle("test-threads", "20/h"), []

    def spend() -> None:
        for _ in range(10):
            try:
                throttle.spend("one")
                passed.append(1)
            except RateLimited:
                continue

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 20


def test_the_local_count_never_grows_for_ever(monkeypatch: Any) -> None:
    monkeypatch.setattr(throttles, "MOST_BUCKETS", 10)
    buckets = throttles.LocalBuckets()
    waits = [buckets.spend("test", "3/m", str(number)) for number in range(20)]
    assert len(buckets.counts) <= 10
    assert all(waits[10:])


def test_throttled_answers_are_the_same_for_everybody(acme: Tenant) -> None:
    def exhausted(email: str) -> dict[str, Any]:
        answer = [post("auth/login", {"email": email, "password": "wrong"}) for _ in range(11)][-1]
        return {name: value for name, value in answer.json().items() if name != "request_id"}

    assert exhausted("olivia@acme.example") == exhausted("nobody@acme.example")


# --- Bodies and time ----------------------------------------------------------------------------------

KNOWN, UNKNOWN = "olivia@acme.example", "nobody@acme.example"
UNIFORM: dict[str, Callable[[str], tuple[str, dict[str, str]]]] = {
    "login": lambda email: ("auth/login", {"email": email, "password": "wrong password entirely"}),
    "reset": lambda email: ("auth/password/reset", {"email": email}),
    "resend": lambda email: ("auth/verify-email/resend", {"email": email}),
    "signup": lambda email: ("auth/signup", {"email": email, "password": NEW_PASSWORD}),
}


@pytest.mark.parametrize("door", UNIFORM)
def test_bodies_are_the_same(acme: Tenant, door: str) -> None:
    shown = []
    for email in (KNOWN, UNKNOWN):
        answer = post(*UNIFORM[door](email))
        body = answer.json() | {"request_id": "", "email": ""}
        headers = {
            name: value for name, value in answer.items() if name not in ("X-Request-Id", "Content-Length")
        }
        shown.append((answer.status_code, body, headers))
    assert shown[0] == shown[1]


@pytest.mark.parametrize("door", ["login", "reset", "resend"])
def test_the_work_is_the_same(acme: Tenant, door: str) -> None:
    """The same statements in the same order, whatever the clock says."""
    statements = []
    for email in (KNOWN, UNKNOWN) * 2:
        with CaptureQueriesContext(connection) as captured:
            post(*UNIFORM[door](email))
        statements.append([re.sub(r'"s[0-9]+_x[0-9]+"', "", query["sql"])[:40] for query in captured])
    assert statements[2] == statements[3]


@pytest.mark.drill
@pytest.mark.parametrize("door", UNIFORM)
def test_the_time_is_the_same(live_database: str, door: str, monkeypatch: Any) -> None:
    """Medians of 200 each, taken in turns; MD5 instead of Argon2 hides nothing behind 100 ms of hashing.

    Noise is what two halves of the *same* address differ by, here bounded by a quarter of the median.
    """
    found_acme()
    monkeypatch.setattr(throttles.Throttle, "spend", lambda self, *who: None)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for number in range(SAMPLES + 10):
        for known in (True, False):
            # Each unknown address is new, since signing up would make it known.
            email = KNOWN if known else f"nobody-{number}@acme.example"
            path, body = UNIFORM[door](email)
            started = time.perf_counter()
            post(path, body)
            seconds[known].append(time.perf_counter() - started)
    known_median, unknown_median = (statistics.median(seconds[known][10:]) for known in (True, False))
    if os.environ.get("SHOW_TIMES"):
        print(f"{door}: known {known_median * 1000:.2f} ms, unknown {unknown_median * 1000:.2f} ms")  # noqa: T201
    assert abs(known_median - unknown_median) < 0.25 * max(known_median, unknown_median)
