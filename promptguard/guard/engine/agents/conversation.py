# ruff: noqa: E501 — a pattern is one line
"""Drift over turns: a persona, a hypothetical or a claim of authority first, the real wish later.

Only signals are kept between turns, never text; the caller stores at most ten turns for at most an hour. What is found
is a candidate: it is recorded, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import re2

from promptguard.guard.engine.threats import severity_of
from promptguard.guard.engine.verdict import Decision, Finding, Status, Verdict
from promptguard.guard.engine.views import read

MAX_TURNS = 10
_PRIMING = {
    "persona": r"(?i)\b(?:pretend|imagine|role-?play|act as|you are (?:now )?(?:a|an|the)|play the (?:role|part)|persona|in character)\b",
    "hypothetical": r"(?i)\b(?:hypothetical(?:ly)?|in theory|fiction(?:al)?|for a (?:novel|story|film|movie|game)|thought experiment|what if)\b",
    "authority": r"(?i)\b(?:i am (?:a|an|the|your) (?:doctor|officer|developer|administrator|admin|researcher|engineer|professor|police\w*)|as (?:a|your) (?:administrator|developer|security researcher)|authori[sz]ed|for (?:research|educational) purposes)\b",
}
_SENSITIVE = (
    r"(?i)\b(?:bomb|explosives?|weapons?|poison|meth|cocaine|hack|exploit|malware|ransomware|phishing|steal|forge|"
    r"counterfeit|launder|kill|murder|suicide|passwords?|credentials|system prompt|instructions|bypass|evade|untraceable|"
    r"without getting caught|step[- ]by[- ]step|exact (?:steps|amounts|recipe))\b"
)


@dataclass(frozen=True, slots=True)
class TurnSignals:
    """What is remembered of one turn: which priming it held, whether it asked for something sensitive, its score."""

    priming: frozenset[str]
    is_sensitive: bool
    score: float


@cache
def _patterns() -> tuple[dict[str, re2._Regexp], re2._Regexp]:
    return {name: re2.compile(pattern) for name, pattern in _PRIMING.items()}, re2.compile(_SENSITIVE)


def signals_of(text: str, verdict: Verdict) -> TurnSignals:
    """The signals of one user turn; they hold no text and cannot be turned back into any."""
    octets = read(text).canonical.octets
    priming, sensitive = _patterns()
    kinds = frozenset(name for name, pattern in priming.items() if pattern.search(octets) is not None)
    score = verdict.confidence if verdict.threat_type or verdict.decision is not Decision.ALLOW else 0.0
    return TurnSignals(kinds, sensitive.search(octets) is not None, score)


def drift_finding(previous: Sequence[TurnSignals], current: TurnSignals) -> Finding | None:
    """A candidate finding when this turn turns sensitive after priming turns, else None."""
    recent = list(previous)[-MAX_TURNS:]
    primed = [turn for turn in recent if turn.priming]
    if not primed or not current.is_sensitive:
        return None
    kinds = frozenset[str]().union(*(turn.priming for turn in primed))
    confidence = min(
        0.9, 0.4 + 0.1 * len(primed) + 0.1 * len(kinds) + 0.2 * max(turn.score for turn in recent)
    )
    return Finding(
        threat_type="multi_turn_escalation",
        detector="conversation",
        rule_id="priming_then_pivot",
        confidence=round(confidence, 4),
        severity=severity_of("multi_turn_escalation"),
        details=f"a sensitive turn after {len(primed)} turn(s) of {', '.join(sorted(kinds))}",
        guardrail="multi_turn_drift",
        technique="jailbreak.multi-turn",
        status=Status.CANDIDATE,
    )
