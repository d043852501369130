"""The same request under the same policy version gets the same verdict: in two processes, and after a restart."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Everything that could leak into a verdict differs: hash seed, order of the requests, what ran before, time zone.
JUDGE = """
import dataclasses, json, sys
from promptguard.guard.engine import Content, Message, Policy, evaluate
from tests.guard.engine.attacks import DISGUISES
from tests.guard.engine.hostile import SHAPES
from tests.guard.engine.test_evasion import ATTACKS, BENIGN

texts = [*ATTACKS[::20], *BENIGN[::10], "Write to jane@example.org or +49 30 901820, password = hunter22x"]
texts += [disguise(ATTACKS[3]) for _, disguise in sorted(DISGUISES.items())]
texts += [make(600) for _, make in sorted(SHAPES.items())]
if sys.argv[1] == "backwards":
    texts = texts[::-1]
verdicts = {}
for level in ("strict", "moderate", "permissive"):
    policy = Policy.preset(strictness=level)
    for text in texts:
        content = Content((Message("user", text), Message("tool", text)))
        verdict = dataclasses.asdict(evaluate(content, policy))
        verdicts[f"{policy.version}:{ascii(text)}"] = verdict
json.dump(verdicts, sys.stdout, sort_keys=True)
"""


def judged(order: str, seed: str, zone: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone}
    command = [sys.executable, "-c", JUDGE, order]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_processes_and_a_restarted_one_come_to_equal_verdicts() -> None:
    first = judged("forwards", "1", "UTC")
    assert judged("backwards", "4242", "Asia/Tokyo") == first
    verdicts = json.loads(first)
    assert len(verdicts) >= 250
    assert {verdict["decision"] for verdict in verdicts.values()} == {"allow", "block", "redact"}
