"""Attacks of the development sources under every disguise: which share of those caught in plain text is still caught.

`pytest tests/bench/bench_guard_evasion.py -m bench -s`
"""

import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from promptguard.guard.engine import Content, Decision, Message, Policy, evaluate
from promptguard.guard.training.datasets import INDIRECT, SYSTEM_PROMPTS, Row, read_rows
from tests.guard.engine.attacks import DISGUISES

DATA = Path(__file__).parents[3] / "shared" / "guard-data" / "injection.jsonl.gz"
ATTACKS, BENIGN, MOST_OF_A_SOURCE, LONGEST = 200, 400, 80, 500
POLICY = Policy.preset()


def blocked(text: str) -> bool:
    return evaluate(Content((Message("user", text),)), POLICY).decision is Decision.BLOCK


def caught(rows: list[Row]) -> list[str]:
    """Attacks that are blocked as they are, no source with more than its share."""
    texts: list[str] = []
    taken: Counter[str] = Counter()
    for row in rows:
        if len(texts) < ATTACKS and taken[row.source] < MOST_OF_A_SOURCE and blocked(row.text):
            taken[row.source] += 1
            texts.append(row.text)
    return texts


@pytest.mark.bench
def test_disguised_attacks_and_disguised_honest_text(capsys: pytest.CaptureFixture[str]) -> None:
    if not DATA.exists():
        pytest.skip("the development data is not here")
    rows = [row for row in read_rows(DATA) if row.language == "en" and 20 < len(row.text) < LONGEST]
    rows = [row for row in rows if row.category not in INDIRECT | SYSTEM_PROMPTS]
    random.Random(5).shuffle(rows)
    attacks = caught([row for row in rows if row.label])
    benign = [row.text for row in rows if not row.label][:BENIGN]
    lines = [f"plain: {len(attacks)} attacks, {sum(map(blocked, benign))} of {len(benign)} benign blocked"]
    for name, disguise in sorted(DISGUISES.items()):
        share = sum(blocked(disguise(text)) for text in attacks) / len(attacks)
        alarms = sum(blocked(disguise(text)) for text in benign)
        lines.append(f"{name:<22} {share:6.1%} caught, {alarms} of {len(benign)} benign blocked")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
