"""Cost of the guard engine in processor time: parts per kilobyte, cold start, memory; asserts no time."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from promptguard.guard.engine import Content, Message, Policy, evaluate, redact_text
from promptguard.guard.engine.content import Origin
from promptguard.guard.engine.detectors.content import scan_content
from promptguard.guard.engine.detectors.injection import model_evidence, scan_rules
from promptguard.guard.engine.detectors.pii import ENTITIES, scan_pii
from promptguard.guard.engine.detectors.secrets import scan_secrets
from promptguard.guard.engine.views import read
from tests.guard.engine.hostile import SHAPES

pytestmark = pytest.mark.bench
_PROSE = (
    "the council members represent years one and two while Mrs Goodman leads every meeting about travel "
    "food music history science project report customer order delivery please explain how it works and why"
)
_WORDS = _PROSE.split()
_WIDE = Policy.from_guardrails({}, max_chars=2_000_000)
_VALUES = (
    "jane@example.com",
    "+49 30 901820",
    "4111 1111 1111 1111",
    "https://example.org/a?b=1",
    "def f(x): return x",
)
_COLD_START = """
import json, time
from pathlib import Path
start = time.thread_time()
from promptguard.guard.engine import Content, Message, Policy, evaluate
evaluate(Content((Message("user", "Hello, what is the weather? jane@example.com"),)), Policy.preset())
seconds = time.thread_time() - start
# The peak of this process; getrusage would count the parent that it was forked from.
peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps([seconds, int(peak) / 1024]))
"""


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _texts(size: int, count: int) -> list[str]:
    chance = random.Random(7)
    texts = []
    for _ in range(count):
        words = [
            chance.choice(_VALUES) if chance.random() < 0.02 else chance.choice(_WORDS)
            for _ in range(size // 5)
        ]
        texts.append(" ".join(words)[:size])
    return texts


def _measure(name: str, work: Callable[[str], object], texts: list[str]) -> None:
    work(texts[0])
    costs = []
    for text in texts:
        start = time.thread_time()
        work(text)
        costs.append((time.thread_time() - start) * 1e6 / (len(text) / 1024))
    costs.sort()
    _say(f"{name:<28} p50 {costs[len(costs) // 2]:8.0f}  p99 {costs[int(len(costs) * 0.99)]:8.0f} us/KB")


@pytest.mark.parametrize("size", [200, 1_024, 10_240])
def test_cost_per_kilobyte(size: int) -> None:
    texts = _texts(size, 200 if size < 5_000 else 40)
    policy, entities = Policy.preset(), frozenset(ENTITIES)
    _say(f"\n{size} characters")
    _measure("views", read, texts)
    _measure("views + injection rules", lambda text: scan_rules(read(text), Origin.USER, False), texts)
    _measure("views + injection model", lambda text: model_evidence(read(text), Origin.USER), texts)
    _measure("views + personal data", lambda text: scan_pii(read(text), entities), texts)
    _measure("views + credentials", lambda text: scan_secrets(read(text)), texts)
    _measure("views + content rules", lambda text: scan_content(read(text)), texts)
    _measure("evaluate", lambda text: evaluate(Content((Message("user", text),)), policy), texts)
    _measure("redact_text", redact_text, texts)


def test_cold_start_and_memory() -> None:
    finished = subprocess.run([sys.executable, "-c", _COLD_START], capture_output=True, text=True, check=True)
    seconds, megabytes = json.loads(finished.stdout)
    _say(f"\ncold start to the first verdict {seconds:.2f} s, resident {megabytes:.0f} MB")


def _cost(text: str) -> float:
    """Processor seconds of one verdict on a text that was not judged before."""
    start = time.thread_time()
    evaluate(Content((Message("user", text),)), _WIDE)
    return time.thread_time() - start


def _fresh(make: Callable[[int], str], size: int, count: int) -> list[str]:
    """Different texts of one shape: each begins further on in a longer one."""
    whole, step = make(size * 2), size // count
    return [whole[number * step : number * step + size] for number in range(count)]


def test_hostile_ten_kilobytes_beside_prose() -> None:
    """Processor time of each hostile shape as a multiple of prose of the same size; the goal is three.

    The median of texts that are new each time: what an automaton learnt from one does not help with the next.
    """
    size, count = 10_240, 10
    prose = median(map(_cost, _texts(size, 40)))
    costs = {name: [_cost(text) for text in _fresh(make, size, count)] for name, make in SHAPES.items()}
    ratios = sorted(
        ((median(each) / prose, max(each) / prose, name) for name, each in costs.items()), reverse=True
    )
    _say(f"\nprose {prose * 1e3:.1f} ms; each shape as a multiple of it, and its dearest text")
    for ratio, dearest, name in ratios:
        _say(f"  {name:<22} {ratio:5.1f} {dearest:5.1f}")


def test_a_megabyte_of_every_hostile_shape() -> None:
    """Processor time of a hundred kilobytes and of a megabyte of each shape, and the process's memory after all."""
    for name, make in SHAPES.items():
        tenth, whole = _cost(make(100_000)), _cost(make(1_000_000))
        _say(f"  {name:<22} {tenth * 1e3:7.0f} ms {whole * 1e3:7.0f} ms")
    resident = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    _say(f"resident after all of them {int(resident.split()[1]) / 1024:.0f} MB")
