"""Gates let through whatever their recogniser matches; an automaton that gave up lets everything through."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from promptguard.guard.engine.detectors.pii.gates import gates
from promptguard.guard.engine.detectors.pii.recognizers import RECOGNIZERS
from promptguard.guard.engine.matching import Gate, PatternBank

BANK, GATE = PatternBank([recognizer.pattern for recognizer in RECOGNIZERS]), Gate(gates())
# The dialect of re for what only RE2 writes so.
_REWRITTEN = (
    (r"[^\pL\d]", "[ ,;]"),
    (r"[^\n\pL\d\[\]]", "[ :#]"),
    (r"[\pL\d", r"[a-z\d"),
    (r"\pL", "[a-z]"),
)


def generator(pattern: str) -> st.SearchStrategy[str]:
    for theirs, ours in _REWRITTEN:
        pattern = pattern.replace(theirs, ours)
    return st.from_regex(re.compile(pattern, re.ASCII))  # RE2's \d and \s are ASCII's


@pytest.mark.parametrize("position", range(len(RECOGNIZERS)))
def test_what_a_recogniser_matches_its_gate_lets_through(position: int) -> None:
    recognizer = RECOGNIZERS[position]

    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(generator(recognizer.pattern), st.sampled_from(recognizer.context or ("",)))
    def check(text: str, context: str) -> None:
        octets = f"{context} {text}".encode("utf-8", "replace")
        assume(BANK.first(position, octets) is not None)
        assert position in GATE.candidates(octets)

    check()


def test_a_gate_answers_for_the_empty_text_and_for_none() -> None:
    assert GATE.candidates(b"") == []
    assert Gate(["a", "b"]).candidates(b"xbx") == [1]
