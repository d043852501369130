"""Runs the credential patterns over a text's readable views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from promptguard.guard.engine.views import Octets, Reading

PATTERNS: tuple[SecretPattern, ...] = (*STRUCTURED, *ASSIGNMENTS, *BESIDE, *WORDS)
# In quotes it need not look as strange as without.
_ASSIGNED = frozenset(pattern.rule_id for pattern in ASSIGNMENTS) | {"password_quoted_beside"}
_BESIDE = frozenset(pattern.rule_id for pattern in BESIDE) - _ASSIGNED
_WORDED = frozenset(pattern.rule_id for pattern in WORDS)
_PLAIN_VIEWS = ("raw", "canonical", "decoded")
# What must occur in a text for the rules in which the filter finds no literal; see `PatternBank`.
_SIGN_IN_PIECE = r"(?i)pass|pwd|contrase|mot[ _]de|senha|kennwort"
PIECES: Mapping[str, str] = {
    "aws_access_key_id": r"(?:A3T|AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]",
    "discord_bot_token": r"\.[\w-]{6}\.[\w-]{8}",
    "twilio_key": r"\b(?:SK|AC)[0-9a-f]{4}",
    "asana_token": r"\b[12]/\d{4}",
    "grafana_token": r"glsa_|glc_|eyJrIjoi",
    "supabase_key": r"sbp_|sb_secret_",
    "fly_token": r"\b(?:fo1|fm[12][ar]?)_",
    "atlassian_token": r"AT(?:ATT3|CTT3|BB)",
    "facebook_app_token": r"\d\|[\w-]{4}",
    "command_line_password": r"(?i)\s--?p|net\s+user|psexec",
    "assigned_password": _SIGN_IN_PIECE,
    "quoted_password": _SIGN_IN_PIECE,
    "leaked_account": r"@[\w-]+\.",
    "vendor_hex_key": r"[:=,>][\s\"'`]*[\w./+=~-]{16}",
}


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
    pieces = {at: PIECES[pattern.rule_id] for at, pattern in enumerate(PATTERNS) if pattern.rule_id in PIECES}
    return PatternBank([pattern.pattern for pattern in PATTERNS], pieces)


def scan_secrets(reading: Reading) -> list[SecretHit]:
    """All credentials in a text, overlapping ones included."""
    return list(find_secrets(reading))


def find_secrets(reading: Reading) -> Iterator[SecretHit]:
    """The same one by one, for a reader that may stop."""
    seen: set[tuple[int, int]] = set()
    for octets in reading.plain:
        if octets.view.name in _PLAIN_VIEWS:
            yield from _scan_view(octets, seen)


def _scan_view(octets: Octets, seen: set[tuple[int, int]]) -> Iterator[SecretHit]:
    """Values that are not in `seen`: the first rule to find a value names it."""
    bank, text = _bank(), octets.view.text
    for position in bank.candidates(octets.octets):
        pattern = PATTERNS[position]
        for start, end in bank.spans(position, octets.octets):
            low, high = octets.char_span(start, end)
            place = octets.view.raw_span(low, high)
            if place not in seen and _accepts(pattern, text[low:high]):
                seen.add(place)
                yield SecretHit(
                    *place,
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
