"""A project's own policies (contract 4: types, conditions, actions) in the words of the engine's custom rules.

Two conditions are not the engine's: `prompt_injection` acts on what the engine found, and
`requests_per_minute` counts calls.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from promptguard.guard.engine import CONDITIONS as ENGINE_CONDITIONS
from promptguard.guard.engine import PII_TYPES, CustomRule, Decision, Status, Verdict
from promptguard.guard.engine.custom import ACTIONS, UNAVAILABLE_CONDITIONS
from promptguard.guard.engine.detectors.pii import expand_entities

POLICY_TYPES = (
    "input_filter",
    "output_filter",
    "topic_filter",
    "llm_guard",
    "entity_blocklist",
    "rate_limit",
    "custom",
)
PROMPT_INJECTION, PER_MINUTE = "prompt_injection", "requests_per_minute"
CONDITIONS = (*ENGINE_CONDITIONS, *UNAVAILABLE_CONDITIONS, PROMPT_INJECTION, PER_MINUTE)
DIRECTION_OF_TYPE = {"input_filter": "input", "output_filter": "output"}
TEXT_CONDITIONS = ("contains_text", "contains_text_any")

__all__ = ["ACTIONS", "CONDITIONS", "PII_TYPES", "POLICY_TYPES", "OwnRules", "own_rules"]


@dataclass(frozen=True, slots=True)
class OwnRules:
    """The active rules of a project: what the engine judges, and what stands beside it."""

    engine: tuple[CustomRule, ...] = ()
    on_injection: tuple[CustomRule, ...] = ()
    per_minute: int | None = None

    def __iter__(self) -> Iterator[CustomRule]:
        return iter((*self.engine, *self.on_injection))

    def react(self, verdict: Verdict) -> Verdict:
        """`verdict` after the rules about injections: any active finding counts, whatever its band."""
        found = [each for each in verdict.findings if each.status is Status.ACTIVE]
        injection = next((each for each in found if each.threat_type == PROMPT_INJECTION), None)
        if injection is None or verdict.decision is Decision.BLOCK:
            return verdict
        if not any(rule.action == "block" for rule in self.on_injection):
            return verdict
        return replace(
            verdict,
            decision=Decision.BLOCK,
            confidence=injection.confidence,
            weighted_score=injection.weighted_score,
            threat_type=injection.threat_type,
            reason="Blocked: a policy of the project blocks every injection that is found.",
            redacted_messages=None,
            deciding=injection,
        )


def own_rules(policies: Iterable[Mapping[str, Any]]) -> OwnRules:
    """Compile the active policies. Raises PolicyError for a rule that makes no sense or costs too much."""
    active = sorted((each for each in policies if each["is_active"]), key=lambda each: int(each["priority"]))
    rules = [
        (policy["policy_type"], _rule(policy, rule, f"rules.{index}"))
        for policy in active
        for index, rule in enumerate(policy["rules"])
    ]
    limits = [int(rule.value) for _, rule in rules if rule.condition == PER_MINUTE]
    return OwnRules(
        tuple(rule for _, rule in rules if rule.condition not in (PROMPT_INJECTION, PER_MINUTE)),
        tuple(rule for _, rule in rules if rule.condition == PROMPT_INJECTION),
        min(limits, default=None),
    )


def _rule(policy: Mapping[str, Any], rule: Mapping[str, Any], path: str) -> CustomRule:
    """Findings name a rule by its policy's id."""
    condition, value = rule["condition"], rule["value"]
    if policy["policy_type"] == "entity_blocklist" and condition in TEXT_CONDITIONS:
        condition = "entity"
    if condition == "contains_pii":
        names = frozenset(name for name in value.split("|") if name) or frozenset(PII_TYPES)
        value = "|".join(sorted(expand_entities(names) - {"api_key"}))
    direction = DIRECTION_OF_TYPE.get(policy["policy_type"])
    made = CustomRule(policy["id"], condition, value, rule["action"], direction)
    if condition not in (PROMPT_INJECTION, PER_MINUTE):
        made.check(path)
    return made


def described(rules: Sequence[CustomRule] | OwnRules) -> dict[str, dict[str, Any]]:
    """Rules by a path of their own, for comparing two policies."""
    return {
        f"policies.{rule.name}.{index}": {
            "condition": rule.condition,
            "value": rule.value,
            "action": rule.action,
            "direction": rule.direction,
        }
        for index, rule in enumerate(rules)
    }
