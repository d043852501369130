"""A project's own policies (contract 4: types, conditions, actions), judged after the engine's detectors.

Pure: content, the engine's verdict and the rules in, a verdict out. The first rule that matches decides among
the project's rules, in order of priority; `allow` only ends that search and never overrules a detector.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from promptguard.guard.engine import (
    Content,
    Decision,
    Direction,
    Finding,
    Location,
    Status,
    Unavailable,
    Verdict,
    redact_text,
)

POLICY_TYPES = (
    "input_filter",
    "output_filter",
    "topic_filter",
    "llm_guard",
    "entity_blocklist",
    "rate_limit",
    "custom",
)
TEXT_CONDITIONS = ("contains_text", "contains_text_any")
CONDITIONS = ("contains_pii", "prompt_injection", *TEXT_CONDITIONS, "natural_language", "requests_per_minute")
ACTIONS = ("block", "redact", "flag", "allow")
DETECTOR = "project_policy"
TEXT_PLACEHOLDER = "[TEXT_REDACTED]"
THREAT_OF_TYPE = {"topic_filter": "off_topic", "entity_blocklist": "malicious_entity"}
THREAT_OF_CONDITION = {"contains_pii": "pii_leak", "prompt_injection": "prompt_injection"}
DIRECTION_OF_TYPE = {"input_filter": Direction.INPUT, "output_filter": Direction.OUTPUT}
SEVERITY = 0.8


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition of one policy."""

    policy_id: str
    policy_type: str
    condition: str
    value: str
    action: str

    @property
    def threat_type(self) -> str:
        by_condition = THREAT_OF_CONDITION.get(self.condition)
        return by_condition or THREAT_OF_TYPE.get(self.policy_type, "policy_violation")

    @property
    def words(self) -> list[str]:
        """What `contains_text` and `contains_text_any` look for."""
        parts = self.value.split("|") if self.condition == "contains_text_any" else [self.value]
        return [part.strip() for part in parts if part.strip()]

    def concerns(self, direction: Direction) -> bool:
        return DIRECTION_OF_TYPE.get(self.policy_type, direction) == direction


def rules_of(policies: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules of active policies, the most urgent (lowest priority number) first."""
    ordered = sorted((each for each in policies if each["is_active"]), key=lambda each: int(each["priority"]))
    return tuple(
        Rule(policy["id"], policy["policy_type"], rule["condition"], rule["value"], rule["action"])
        for policy in ordered
        for rule in policy["rules"]
    )


def per_minute_limit(rules: Sequence[Rule]) -> int | None:
    """The strictest `rate_limit` policy, in requests a minute for each end user."""
    return min((int(rule.value) for rule in rules if rule.condition == "requests_per_minute"), default=None)


def apply_rules(content: Content, verdict: Verdict, rules: Sequence[Rule]) -> Verdict:
    """`verdict` with what the project's own rules add to it."""
    texts = list(_texts(content))
    for rule in rules:
        if not rule.concerns(content.direction):
            continue
        if rule.condition == "natural_language":
            missing = Unavailable(DETECTOR, "llm_judge_not_configured")
            verdict = replace(verdict, unavailable=tuple({*verdict.unavailable, missing}))
        elif place := _match(rule, texts, verdict):
            return verdict if rule.action == "allow" else _decided(content, verdict, rule, place)
    return verdict


Place = tuple[int, tuple[str | int, ...]]


def _texts(content: Content) -> Iterator[tuple[Place, str]]:
    for index, message in enumerate(content.messages):
        if isinstance(message.content, str):
            yield (index, ("content",)), message.content
        for position, block in enumerate(message.content or ()):
            if isinstance(block, dict) and isinstance(block.get("text"), str):
                yield (index, ("content", position, "text")), block["text"]


def _match(rule: Rule, texts: list[tuple[Place, str]], verdict: Verdict) -> Place | None:
    active = [finding for finding in verdict.findings if finding.status is Status.ACTIVE]
    if rule.condition == "prompt_injection":
        return next((_place(each) for each in active if each.threat_type == "prompt_injection"), None)
    if rule.condition == "contains_pii":
        wanted = frozenset({rule.value}) if rule.value else None
        return next((place for place, text in texts if redact_text(text, entities=wanted).found), None)
    words = [word.casefold() for word in rule.words]
    return next((place for place, text in texts if any(w in text.casefold() for w in words)), None)


def _place(finding: Finding) -> Place:
    return (finding.location.index, finding.location.path) if finding.location else (0, ("content",))


def _decided(content: Content, verdict: Verdict, rule: Rule, place: Place) -> Verdict:
    finding = Finding(
        threat_type=rule.threat_type,
        detector=DETECTOR,
        rule_id=rule.policy_id,
        confidence=1.0,
        severity=SEVERITY,
        details=f"a policy of the project matched ({rule.policy_type}, {rule.condition})",
        guardrail=DETECTOR,
        suppressible=False,
        location=Location("messages", place[0], place[1], 0, 0),
        action=rule.action,
    )
    verdict = replace(verdict, findings=(*verdict.findings, finding))
    if rule.action == "flag" or verdict.decision is Decision.BLOCK:
        return verdict
    decision = Decision.BLOCK if rule.action == "block" else Decision.REDACT
    return replace(
        verdict,
        decision=decision,
        confidence=1.0,
        weighted_score=finding.weighted_score,
        threat_type=finding.threat_type,
        reason=f"{'Blocked' if rule.action == 'block' else 'Redacted'}: a policy of the project matched.",
        redacted_messages=_redacted(content, verdict, rule) if rule.action == "redact" else None,
        deciding=finding,
    )


def _redacted(content: Content, verdict: Verdict, rule: Rule) -> list[dict[str, Any]]:
    messages = verdict.redacted_messages or [message.as_dict() for message in content.messages]
    return [message | {"content": _cut_everywhere(message["content"], rule)} for message in messages]


def _cut_everywhere(content: Any, rule: Rule) -> Any:
    if isinstance(content, str):
        return _cut(content, rule)
    if not isinstance(content, list):
        return content
    return [
        block | {"text": _cut(block["text"], rule)}
        if isinstance(block, dict) and isinstance(block.get("text"), str)
        else block
        for block in content
    ]


def _cut(text: str, rule: Rule) -> str:
    if rule.condition == "contains_pii":
        return redact_text(text, entities=frozenset({rule.value}) if rule.value else None).text
    for word in rule.words:
        text = re.sub(re.escape(word), TEXT_PLACEHOLDER, text, flags=re.IGNORECASE)
    return text
