"""Runs the injection rules over every view of a text and weighs what they find together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from promptguard.guard.engine.content import Origin
from promptguard.guard.engine.detectors.injection import english, languages, structure
from promptguard.guard.engine.detectors.injection.excuses import excuse
from promptguard.guard.engine.detectors.injection.grammar import Rule
from promptguard.guard.engine.matching import PatternBank
from promptguard.guard.engine.views import Octets, Reading, View

RULES: tuple[Rule, ...] = (*english.RULES, *structure.RULES, *languages.RULES)
_SQUEEZABLE: tuple[Rule, ...] = tuple(
    rule for rule in (*english.RULES, *structure.RULES) if rule.is_squeezable
)
_DISGUISE_BONUS = 0.12
_OTHER_LANGUAGES = frozenset(rule.id for rule in languages.RULES)


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that fired: where in the raw text, in which view, with what confidence, and how far it was
    excused.
    """

    rule: Rule
    confidence: float
    start: int
    end: int
    view: str
    excuse: float = 1.0


@cache
def _plain_bank() -> PatternBank:
    return PatternBank([rule.plain if rule not in languages.RULES else rule.pattern for rule in RULES])


@cache
def _squeezed_bank() -> PatternBank:
    return PatternBank([rule.squeezed for rule in _SQUEEZABLE])


def scan_rules(reading: Reading, origin: Origin, is_output: bool) -> list[RuleHit]:
    """The strongest hit of each rule over all views, strongest first; the order is the same on every run."""
    best: dict[str, RuleHit] = {}
    views = [(octets, RULES, _plain_bank()) for octets in reading.plain]
    views += [(octets, _SQUEEZABLE, _squeezed_bank()) for octets in reading.squeezed]
    for octets, rules, bank in views:
        for hit in _scan_view(rules, bank, octets, origin, reading.canonical.view):
            known = best.get(hit.rule.id)
            if hit.rule.scope.covers(origin, is_output) and (
                known is None or hit.confidence > known.confidence
            ):
                best[hit.rule.id] = hit
    # The stems of related languages overlap with English; one rule for one sentence is enough.
    english_groups = {hit.rule.group for hit in best.values() if hit.rule.id not in _OTHER_LANGUAGES}
    hits = [
        hit
        for hit in best.values()
        if hit.rule.id not in _OTHER_LANGUAGES or hit.rule.group not in english_groups
    ]
    return sorted(hits, key=lambda hit: (-hit.confidence, hit.start, hit.rule.id))


def _scan_view(
    rules: tuple[Rule, ...], bank: PatternBank, octets: Octets, origin: Origin, canonical: View
) -> Iterator[RuleHit]:
    for position in bank.candidates(octets.octets):
        span = bank.first(position, octets.octets)
        if span is not None:
            rule = rules[position]
            weight = rule.weight_for(origin)
            low, high = octets.char_span(*span)
            # Something else in the text may have been disguised, and these words not.
            if not octets.view.is_kept(low, high, canonical):
                weight = min(0.99, weight + _DISGUISE_BONUS)
            factor = excuse(rule, octets.view.text, low, high, origin)
            start, end = octets.view.raw_span(low, high)
            yield RuleHit(rule, round(weight * factor, 4), start, end, octets.view.name, factor)


def combined_score(hits: list[RuleHit]) -> float:
    """Noisy-or over rule groups: independent hints add up, paraphrases of the same hint do not."""
    strongest: dict[str, float] = {}
    for hit in hits:
        strongest[hit.rule.group] = max(strongest.get(hit.rule.group, 0.0), hit.confidence)
    doubt = 1.0
    for confidence in strongest.values():
        doubt *= 1.0 - confidence
    return round(1.0 - doubt, 4)
