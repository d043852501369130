"""Gates let through whatever their recogniser matches; an automaton that gave up lets everything through."""

from __future__ import annotations

import re

import pytest
import re2
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from promptguard.guard.engine.detectors.pii.gates import gates
from promptguard.guard.engine.detectors.pii.recognizers import RECOGNIZERS
from promptguard.guard.engine.detectors.secrets.scanner import PATTERNS, PIECES
from promptguard.guard.engine.matching import Gate, PatternBank

BANK = PatternBank([recognizer.pattern for recognizer in RECOGNIZERS])
GATED = PatternBank([recognizer.pattern for recognizer in RECOGNIZERS], dict(enumerate(gates())))
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
        assert position in GATED.candidates(octets)

    check()


@pytest.mark.parametrize("rule_id", sorted(PIECES))
def test_what_a_credential_pattern_matches_its_piece_matches(rule_id: str) -> None:
    (pattern,) = [each.pattern for each in PATTERNS if each.rule_id == rule_id]
    bank, piece = PatternBank([pattern]), re2.compile(PIECES[rule_id])

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(generator(pattern))
    def check(text: str) -> None:
        octets = text.encode("utf-8", "replace")
        assume(bank.first(0, octets) is not None)
        assert piece.search(octets) is not None

    check()


def test_a_bank_runs_no_pattern_on_a_text_without_its_piece_or_literal() -> None:
    bank = PatternBank(["password", r"[0-9]{4}x", r"[a-z]{9}"], {1: r"[0-9]{2}"})
    assert bank.candidates(b"none") == [2]
    assert bank.candidates(b"PASSWORD 12") == [0, 1, 2]
    assert PatternBank(["password"]).candidates(b"none") == []


def test_a_gate_answers_for_the_empty_text_and_for_none() -> None:
    assert GATED.candidates(b"") == []
    assert Gate(["a", "b"]).candidates(b"xbx") == [1]
