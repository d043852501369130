"""Runs the content rules over every view of a text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from promptguard.guard.engine.detectors.content.code import WEAKNESSES, Weakness
from promptguard.guard.engine.detectors.content.rules import CONTENT_RULES, ContentRule
from promptguard.guard.engine.matching import PatternBank
from promptguard.guard.engine.views import Reading


class ContentHit(NamedTuple):
    """A content rule that fired, with raw offsets of its first match."""

    rule: ContentRule
    start: int
    end: int
    view: str


class WeaknessHit(NamedTuple):
    """A weakness in code, with raw offsets of its first match."""

    weakness: Weakness
    start: int
    end: int


@cache
def _content_bank() -> PatternBank:
    return PatternBank([rule.pattern for rule in CONTENT_RULES])


@cache
def _weakness_bank() -> PatternBank:
    return PatternBank([weakness.pattern for weakness in WEAKNESSES])


def scan_content(reading: Reading) -> list[ContentHit]:
    """The first match of each content rule, strongest first."""
    found: dict[str, ContentHit] = {}
    bank = _content_bank()
    for octets in (*reading.plain, *reading.squeezed):
        for position in bank.candidates(octets.octets):
            rule = CONTENT_RULES[position]
            span = None if rule.id in found else bank.first(position, octets.octets)
            if span is not None:
                found[rule.id] = ContentHit(rule, *octets.raw_span(*span), octets.view.name)
    return sorted(found.values(), key=lambda hit: (-hit.rule.weight, hit.start, hit.rule.id))


def scan_code(reading: Reading) -> Iterator[WeaknessHit]:
    """The first match of each weakness."""
    octets, bank = reading.canonical, _weakness_bank()
    for position in bank.candidates(octets.octets):
        span = bank.first(position, octets.octets)
        if span is not None:
            yield WeaknessHit(WEAKNESSES[position], *octets.raw_span(*span))
