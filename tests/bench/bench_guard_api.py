"""What `POST /guard` costs beside the engine's bare call and an empty door, in one run.

`pytest tests/bench/bench_guard_api.py -m bench -s`
"""

import cProfile
import io
import pstats
import time
from collections.abc import Callable
from statistics import median

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from promptguard.guard.engine import Content, Message, Policy, evaluate
from tests.people import Tenant

TEXT = "Could you summarise the minutes of yesterday's meeting for the team? " * 14
BODY = {"messages": [{"role": "user", "content": TEXT}]}


class EmptyDoor(APIView):
    authentication_classes = []
    permission_classes = []

    def post(self, request: Request) -> Response:
        return Response({"seen": len(request.data)})


def typical(work: Callable[[], object], rounds: int = 60) -> float:
    """Median milliseconds of one call, after a warm-up."""
    for _ in range(5):
        work()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return median(times) * 1000


@pytest.mark.bench
def test_the_guard_door_beside_its_parts(acme: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    client, policy = acme.developer(), Policy.preset()
    content = Content((Message("user", TEXT),))
    factory, empty = APIRequestFactory(), EmptyDoor.as_view()

    def door() -> object:
        return client.post("/api/v1/guard", BODY, content_type="application/json")

    engine = typical(lambda: evaluate(content, policy))
    bare = typical(lambda: empty(factory.post("/", BODY, format="json")))
    guard = typical(door)
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(30):
        door()
    profile.disable()
    report = io.StringIO()
    pstats.Stats(profile, stream=report).sort_stats("cumulative").print_stats("promptguard|audit", 25)
    with capsys.disabled():
        print(f"\nengine {engine:.2f} ms, empty door {bare:.2f} ms, POST /guard {guard:.2f} ms")
        print(f"guard / engine {guard / engine:.1f}, guard / empty door {guard / bare:.1f}")
        print(report.getvalue())
