"""Runs the credential patterns over a text's readable views."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from promptguard.guard.engine.detectors.secrets.assignments import (
    ASSIGNMENTS,
    BESIDE,
    WORDS,
    entropy,
    is_filler,
    is_secret_word,
    looks_chosen,
    looks_random,
)
from promptguard.guard.engine.detectors.secrets.patterns import STRUCTURED, SecretPattern
from promptguard.guard.engine.matching import PatternBank
from promptguard.guard.engine.views.reading import Octets, Reading

_PATTERNS: tuple[SecretPattern, ...] = (*STRUCTURED, *ASSIGNMENTS, *BESIDE, *WORDS)
# In quotes it need not look as strange as without.
_ASSIGNED = frozenset(pattern.rule_id for pattern in ASSIGNMENTS) | {"password_quoted_beside"}
_BESIDE = frozenset(pattern.rule_id for pattern in BESIDE) - _ASSIGNED
_WORDED = frozenset(pattern.rule_id for pattern in WORDS)
_PLAIN_VIEWS = ("raw", "canonical", "decoded")


class SecretHit(NamedTuple):
    """A credential: raw character offsets, the rule that found it, its threat type and placeholder name."""

    start: int
    end: int
    rule_id: str
    threat_type: str
    entity: str
    confidence: float
    view: str


@cache
def _bank() -> PatternBank:
    return PatternBank([pattern.pattern for pattern in _PATTERNS])


def scan_secrets(reading: Reading) -> list[SecretHit]:
    """All credentials in a text, overlapping ones included."""
    return list(find_secrets(reading))


def find_secrets(reading: Reading) -> Iterator[SecretHit]:
    """The same one by one, for a reader that may stop."""
    for octets in reading.plain:
        if octets.view.name in _PLAIN_VIEWS:
            yield from _scan_view(octets)


def _scan_view(octets: Octets) -> Iterator[SecretHit]:
    bank = _bank()
    for position in bank.candidates(octets.octets):
        pattern = _PATTERNS[position]
        for start, end in bank.spans(position, octets.octets):
            low, high = octets.char_span(start, end)
            if _accepts(pattern, octets.view.text[low:high]):
                raw_start, raw_end = octets.view.raw_span(low, high)
                yield SecretHit(
                    raw_start,
                    raw_end,
                    pattern.rule_id,
                    pattern.threat_type,
                    pattern.entity,
                    pattern.confidence,
                    octets.view.name,
                )


def _accepts(pattern: SecretPattern, value: str) -> bool:
    if pattern.rule_id in _ASSIGNED:
        return looks_random(pattern, value)
    if pattern.rule_id in _BESIDE:
        return looks_chosen(value)
    if pattern.rule_id in _WORDED:
        return is_secret_word(value)
    if pattern.entity == "private_key":
        return True
    return not is_filler(value) and entropy(value) >= pattern.min_entropy
