"""Runs the injection rules over every view of a text and weighs what they find together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...content import Origin
from ...matching import PatternBank
from ...views.reading import Octets, Reading
from . import english, languages, structure
from .grammar import Rule

RULES: tuple[Rule, ...] = (*english.RULES, *structure.RULES, *languages.RULES)
_SQUEEZABLE: tuple[Rule, ...] = (*english.RULES, *structure.RULES)
_DISGUISE_BONUS = 0.12


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that fired: where in the raw text, in which view, and with what confidence."""

    rule: Rule
    confidence: float
    start: int
    end: int
    view: str


@cache
def _plain_bank() -> PatternBank:
    return PatternBank([rule.plain if rule not in languages.RULES else rule.pattern for rule in RULES])


@cache
def _squeezed_bank() -> PatternBank:
    return PatternBank([rule.squeezed for rule in _SQUEEZABLE])


def scan_rules(reading: Reading, origin: Origin, is_output: bool) -> list[RuleHit]:
    """The strongest hit of each rule over all views, strongest first; the order is the same on every run."""
    best: dict[str, RuleHit] = {}
    for octets in reading.plain:
        _scan_view(RULES, _plain_bank(), octets, origin, is_output, best)
    for octets in reading.squeezed:
        _scan_view(_SQUEEZABLE, _squeezed_bank(), octets, origin, is_output, best)
    return sorted(best.values(), key=lambda hit: (-hit.confidence, hit.start, hit.rule.id))


def _scan_view(
    rules: tuple[Rule, ...],
    bank: PatternBank,
    octets: Octets,
    origin: Origin,
    is_output: bool,
    best: dict[str, RuleHit],
) -> None:
    disguised = octets.view.name not in ("raw", "canonical")
    for position in bank.candidates(octets.octets):
        rule = rules[position]
        if not rule.scope.covers(origin, is_output):
            continue
        span = bank.first(position, octets.octets)
        if span is None:
            continue
        start, end = octets.raw_span(*span)
        weight = min(0.99, rule.weight + _DISGUISE_BONUS) if disguised else rule.weight
        known = best.get(rule.id)
        if known is None or weight > known.confidence:
            best[rule.id] = RuleHit(rule, weight, start, end, octets.view.name)


def combined_score(hits: list[RuleHit]) -> float:
    """Noisy-or over rule groups: independent hints add up, paraphrases of the same hint do not."""
    strongest: dict[str, float] = {}
    for hit in hits:
        strongest[hit.rule.group] = max(strongest.get(hit.rule.group, 0.0), hit.confidence)
    doubt = 1.0
    for confidence in strongest.values():
        doubt *= 1.0 - confidence
    return round(1.0 - doubt, 4)
