"""Runs the recognisers over a text's readable views and returns values with their place in the raw text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from promptguard.guard.engine.detectors.pii.gates import gates
from promptguard.guard.engine.detectors.pii.recognizers import RECOGNIZERS, Recognizer
from promptguard.guard.engine.matching import PatternBank
from promptguard.guard.engine.views import Octets, Reading

_CONTEXT_BEFORE, _CONTEXT_AFTER = 50, 20
_MAX_TRIMS = 6
_PHONE_PLACEHOLDER = re.compile(r"\[PHONE(?:_US)?_(?:REDACTED|TOKEN_\d{1,6})\][ -]$")
_LONGEST_PLACEHOLDER = 26
_DIGIT = re.compile(rb"[0-9]")
_WITHOUT_DIGITS = frozenset({"email", "name", "username", "address", "swift_bic"})
_PLAIN_VIEWS = ("raw", "canonical", "decoded")


class EntityHit(NamedTuple):
    """A recognised value: raw character offsets, type, confidence and the view it was seen in."""

    start: int
    end: int
    entity: str
    confidence: float
    view: str


@cache
def _bank() -> PatternBank:
    return PatternBank([recognizer.pattern for recognizer in RECOGNIZERS], dict(enumerate(gates())))


def scan_pii(reading: Reading, entities: frozenset[str]) -> list[EntityHit]:
    """All values of the wanted types, overlapping ones included."""
    return list(find_pii(reading, entities))


def find_pii(reading: Reading, entities: frozenset[str]) -> Iterator[EntityHit]:
    """The same one by one, for a reader that may stop."""
    for octets in reading.plain:
        if octets.view.name in _PLAIN_VIEWS:
            yield from _scan_view(octets, entities)


def _scan_view(octets: Octets, entities: frozenset[str]) -> Iterator[EntityHit]:
    bank, has_digit = _bank(), _DIGIT.search(octets.octets) is not None
    for position in bank.candidates(octets.octets):
        recognizer = RECOGNIZERS[position]
        if recognizer.entity not in entities or not (has_digit or recognizer.entity in _WITHOUT_DIGITS):
            continue
        for start, end in bank.spans(position, octets.octets):
            low, longest = octets.char_span(start, end)
            high = _accepted_end(recognizer, octets.view.text, low, longest)
            if high is not None:
                raw_start, raw_end = octets.view.raw_span(low, high)
                yield EntityHit(
                    raw_start, raw_end, recognizer.entity, recognizer.confidence, octets.view.name
                )


def _accepted_end(recognizer: Recognizer, text: str, start: int, end: int) -> int | None:
    """End of the longest acceptable value: a greedy pattern may have run on into the next word or number."""
    for _ in range(_MAX_TRIMS):
        if _accepts(recognizer, text, start, end):
            return end
        end = max(
            text.rfind(" ", start, end),
            text.rfind("-", start, end),
            text.rfind(".", start, end),
            text.rfind("/", start, end),
        )
        if end <= start:
            return None
    return None


def _accepts(recognizer: Recognizer, text: str, start: int, end: int) -> bool:
    if _joins_word(text, start - 1, start) or _joins_word(text, end, end - 1):
        return False
    if recognizer.entity == "phone" and _continues_number(text, start):
        return False
    if recognizer.check is not None and not recognizer.check(text[start:end]):
        return False
    if not recognizer.needs_context:
        return True
    nearby = text[max(0, start - _CONTEXT_BEFORE) : start] + " " + text[end : end + _CONTEXT_AFTER]
    nearby = nearby.casefold()
    return any(word in nearby for word in recognizer.context)


def _continues_number(text: str, start: int) -> bool:
    """Whether more digits stand right before, so that this is a part of a longer number."""
    # A plus sign begins a number of its own.
    if text[start] == "+":
        return False
    before = text[max(0, start - _LONGEST_PLACEHOLDER) : start]
    digit_before = len(before) > 1 and before[-2].isdigit() and before[-1] in " -"
    # What was cut out as a number was one: else each pass over a row of digits would cut out the next.
    return digit_before or _PHONE_PLACEHOLDER.search(before) is not None


def _joins_word(text: str, outside: int, inside: int) -> bool:
    """Whether the value is only a part of a longer token: RE2 has no look-around, and its \\b knows
    ASCII only.
    """
    if not 0 <= outside < len(text):
        return False
    beside = text[outside]
    return beside.isalnum() and beside.isascii() and text[inside].isalnum()
