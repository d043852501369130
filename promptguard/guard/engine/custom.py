"""Rules that a project writes itself: texts, patterns, topics, entities, languages. Checked for cost
when saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import re2

from promptguard.guard.engine.detectors.content import (
    detect_language,
    domain_name,
    gibberish_score,
    scan_urls,
)
from promptguard.guard.engine.detectors.pii import ENTITIES
from promptguard.guard.engine.guardrails import PolicyError
from promptguard.guard.engine.matching import PatternBank
from promptguard.guard.engine.topics import TOPICS
from promptguard.guard.engine.views.reading import Reading

CONDITIONS: Mapping[str, str] = {
    "contains_text": "The text contains this text, whatever its case",
    "contains_text_any": "The text contains one of these texts, separated by |",
    "regex": "The text matches this RE2 pattern",
    "topic": "The text is about one of these topics, separated by |",
    "entity": "The text names one of these entities as whole words, separated by |",
    "language_not_in": "The text is in a language other than these ISO 639-1 codes, separated by |",
    "url_domain": "The text links to one of these domains, separated by |",
    "contains_pii": "The text holds personal information of one of these types, separated by |",
    "gibberish": "The text carries no language; the value is a score from 0 to 1",
}
# Conditions the contract knows and a self-hosted engine without a language model cannot judge.
UNAVAILABLE_CONDITIONS: Mapping[str, str] = {"natural_language": "llm_judge_not_configured"}
ACTIONS = ("allow", "flag", "redact", "block")
_THREATS = {
    "topic": "off_topic",
    "entity": "malicious_entity",
    "language_not_in": "language_violation",
    "url_domain": "url_violation",
    "contains_pii": "pii_leak",
    "gibberish": "gibberish",
}
_MAX_PATTERN_CHARS, _MAX_PROGRAM_SIZE, _MAX_ALTERNATIVES = 1_000, 20_000, 1_000


class CustomHit(NamedTuple):
    """A custom rule that matched, with raw offsets."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CustomRule:
    """A rule of a project.

    Attributes:
        action: `allow` silences suppressible findings inside its match, `flag` reports, `redact` cuts,
            `block` blocks.
        direction: `input`, `output`, or None for both.
    """

    name: str
    condition: str
    value: str
    action: str
    direction: str | None = None

    @classmethod
    def parse(cls, settings: Mapping[str, Any], path: str = "rules") -> CustomRule:
        """Read `{name, condition, value, action, direction?}`.

        Raises:
            PolicyError: naming the field that is wrong, also when a pattern would be too costly.
        """
        texts = {key: settings.get(key) for key in ("name", "condition", "value", "action")}
        for key, text in texts.items():
            if not isinstance(text, str) or not text.strip():
                raise PolicyError(f"{path}.{key}", "must be a text that is not empty")
        rule = cls(**{key: str(text) for key, text in texts.items()}, direction=settings.get("direction"))
        rule.check(path)
        return rule

    def check(self, path: str = "rules") -> None:
        """Refuse what cannot run in linear time or makes no sense.

        Raises:
            PolicyError: naming the field.
        """
        if self.condition not in CONDITIONS and self.condition not in UNAVAILABLE_CONDITIONS:
            raise PolicyError(f"{path}.condition", f"must be one of {', '.join(CONDITIONS)}")
        if self.action not in ACTIONS:
            raise PolicyError(f"{path}.action", f"must be one of {', '.join(ACTIONS)}")
        if self.direction not in (None, "input", "output"):
            raise PolicyError(f"{path}.direction", "must be input, output or absent")
        _check_value(self, f"{path}.value")

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The values between the bars."""
        return tuple(part.strip() for part in self.value.split("|") if part.strip())

    @property
    def threat_type(self) -> str:
        """What a match is reported as."""
        return _THREATS.get(self.condition, "policy_violation")


def _check_value(rule: CustomRule, path: str) -> None:
    names = {"topic": frozenset(TOPICS), "contains_pii": frozenset(ENTITIES)}.get(rule.condition)
    unknown = sorted(set(rule.alternatives) - names) if names is not None else []
    if unknown:
        raise PolicyError(path, f"unknown names: {', '.join(unknown)}")
    if len(rule.alternatives) > _MAX_ALTERNATIVES:
        raise PolicyError(path, f"at most {_MAX_ALTERNATIVES} alternatives")
    if rule.condition == "url_domain":
        _check_domains(rule.alternatives, path)
    if rule.condition == "gibberish":
        _check_score(rule.value, path)
    if rule.condition in ("regex", "contains_text", "contains_text_any", "entity"):
        check_pattern(_pattern(rule), path, None if rule.condition != "regex" else _MAX_PATTERN_CHARS)


def _check_domains(names: tuple[str, ...], path: str) -> None:
    try:
        for name in names:
            domain_name(name)
    except ValueError as error:
        raise PolicyError(path, "must be domains, such as example.com, separated by |") from error


def _check_score(value: str, path: str) -> None:
    try:
        score = float(value)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise PolicyError(path, "must be a number from 0 to 1")


def check_pattern(pattern: str, path: str, max_chars: int | None = _MAX_PATTERN_CHARS) -> None:
    """Accept a pattern only if RE2 can run it in linear time with a small program.

    Raises:
        PolicyError: too long, not RE2 (look-around, back-references), too large, or matching the empty text.
    """
    if max_chars is not None and len(pattern) > max_chars:
        raise PolicyError(path, f"the pattern is longer than {max_chars} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise PolicyError(
            path, "not a valid RE2 pattern; look-around and back-references do not exist"
        ) from error
    if compiled.programsize > _MAX_PROGRAM_SIZE:
        raise PolicyError(path, "the pattern is too costly; make counted repetitions smaller")
    if compiled.search(b"") is not None:
        raise PolicyError(path, "the pattern matches the empty text")


def _pattern(rule: CustomRule) -> str:
    if rule.condition == "regex":
        return rule.value
    texts = (rule.value.strip(),) if rule.condition == "contains_text" else rule.alternatives
    union = "|".join(re2.escape(text) for text in sorted(texts, key=len, reverse=True))
    return rf"(?i)(?:^|[^\pL\pN])({union})(?:$|[^\pL\pN])" if rule.condition == "entity" else f"(?i)({union})"


@lru_cache(maxsize=512)
def _bank(pattern: str) -> PatternBank:
    return PatternBank([pattern])


def match_rule(rule: CustomRule, reading: Reading) -> Iterator[CustomHit]:
    """Where a rule matches; rules about the whole text match all of it."""
    if rule.condition in ("regex", "contains_text", "contains_text_any", "entity"):
        yield from _match_pattern(_pattern(rule), reading)
    elif rule.condition == "url_domain":
        yield from _match_domains(rule, reading)
    elif _matches_whole(rule, reading):
        yield CustomHit(0, len(reading.raw))


def _match_pattern(pattern: str, reading: Reading) -> Iterator[CustomHit]:
    seen: set[CustomHit] = set()
    for octets in reading.plain:
        for span in _bank(pattern).spans(0, octets.octets):
            hit = CustomHit(*octets.raw_span(*span))
            if hit not in seen:
                seen.add(hit)
                yield hit


def _match_domains(rule: CustomRule, reading: Reading) -> Iterator[CustomHit]:
    domains = frozenset(domain_name(each) for each in rule.alternatives)
    for hit in scan_urls(reading, domains, frozenset()):
        if hit.rule_id == "blocked_domain":
            yield CustomHit(hit.start, hit.end)


def _matches_whole(rule: CustomRule, reading: Reading) -> bool:
    text = reading.canonical.view.text
    if rule.condition == "topic":
        return any(TOPICS[topic].matches(text) for topic in rule.alternatives)
    if rule.condition == "language_not_in":
        language = detect_language(text)
        return language is not None and language not in rule.alternatives
    if rule.condition == "gibberish":
        return gibberish_score(text) >= float(rule.value)
    return False
