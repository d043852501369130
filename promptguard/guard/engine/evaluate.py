"""The one entry: content and policy in, verdict out. No clock, no randomness, no input or output."""

from __future__ import annotations

from typing import Any

from promptguard.guard.engine.budget import Budget
from promptguard.guard.engine.collect import collect
from promptguard.guard.engine.content import Content
from promptguard.guard.engine.custom import UNAVAILABLE_CONDITIONS
from promptguard.guard.engine.findings import scan_segment
from promptguard.guard.engine.model import injection_models
from promptguard.guard.engine.policy import Policy
from promptguard.guard.engine.rebuild import rebuild_messages
from promptguard.guard.engine.redact import Vault
from promptguard.guard.engine.verdict import Decision, Finding, Status, Unavailable, Verdict

_REASONS = {
    Decision.BLOCK: "Blocked: {threat} ({rule}) with confidence {score:.2f}, at or above the policy's limit.",
    Decision.REDACT: "Redacted: {count} sensitive value(s) of type {entities}.",
}
_REDACTING = frozenset({"redact", "mask", "tokenize"})


def evaluate(content: Content, policy: Policy, budget: Budget | None = None) -> Verdict:
    """Judge content under a policy; equal arguments give equal verdicts in every process.

    Args:
        budget: counters to spend from and to read afterwards; by default fresh ones.

    Raises:
        ContentTooLarge: the newest message alone is over the policy's budget.
    """
    budget = budget or Budget()
    collection = collect(content, policy.max_chars)
    findings = tuple(
        finding for segment in collection.segments for finding in scan_segment(segment, policy, budget)
    )
    collection.unscanned.extend(budget.unscanned())
    blocking = [finding for finding in findings if _blocks(finding)]
    redacting = [finding for finding in findings if _redacts(finding)]
    decision, deciding = (
        Decision.ALLOW,
        _strongest([each for each in findings if each.status is Status.ACTIVE]),
    )
    messages: list[dict[str, Any]] | None = None
    vault = Vault()
    if blocking:
        decision, deciding = Decision.BLOCK, _strongest(blocking)
    elif redacting:
        decision, deciding = Decision.REDACT, _strongest(redacting)
        messages = rebuild_messages(content.messages, collection.segments, redacting, policy.pii_mode, vault)
    return Verdict(
        decision=decision,
        confidence=deciding.confidence if deciding else 0.0,
        weighted_score=deciding.weighted_score if deciding else None,
        threat_type=deciding.threat_type if deciding and decision is not Decision.ALLOW else None,
        reason=_reason(decision, deciding, redacting, bool(collection.unscanned)) + _out_of_reach(findings),
        findings=findings,
        redacted_messages=messages,
        unscanned=tuple(collection.unscanned),
        unavailable=_unavailable(policy),
        policy_version=policy.version,
        deciding=deciding,
        vault=vault.values,
    )


def _unavailable(policy: Policy) -> tuple[Unavailable, ...]:
    missing = [] if injection_models() else [Unavailable("injection_model", "model_not_bundled")]
    wanted = dict.fromkeys(
        rule.condition for rule in policy.rules if rule.condition in UNAVAILABLE_CONDITIONS
    )
    missing += [Unavailable(condition, UNAVAILABLE_CONDITIONS[condition]) for condition in wanted]
    if policy.is_enabled("hallucination"):
        missing.append(Unavailable("hallucination", "llm_judge_not_configured"))
    return tuple(missing)


def _blocks(finding: Finding) -> bool:
    return finding.status is Status.ACTIVE and (finding.band == "block" or finding.action == "block")


def _redacts(finding: Finding) -> bool:
    in_messages = finding.location is not None and finding.location.source == "messages"
    return finding.status is Status.ACTIVE and finding.action in _REDACTING and in_messages


def _out_of_reach(findings: tuple[Finding, ...]) -> str:
    """Values in documents and in calls beside the messages are told: the answer has no place for a clean copy."""
    places = {
        finding.location.source
        for finding in findings
        if finding.status is Status.ACTIVE and finding.action in _REDACTING and finding.location is not None
    }
    places.discard("messages")
    return f" Sensitive values remain in {', '.join(sorted(places))}." if places else ""


def _strongest(findings: list[Finding]) -> Finding | None:
    return max(findings, key=lambda finding: (finding.weighted_score, finding.confidence), default=None)


def _reason(decision: Decision, deciding: Finding | None, redacting: list[Finding], incomplete: bool) -> str:
    if decision is Decision.BLOCK and deciding is not None:
        text = _REASONS[decision].format(
            threat=deciding.threat_type.replace("_", " "), rule=deciding.rule_id, score=deciding.confidence
        )
    elif decision is Decision.REDACT:
        entities = sorted({finding.entity for finding in redacting if finding.entity})
        text = _REASONS[decision].format(count=len(redacting), entities=", ".join(entities))
    elif deciding is not None and deciding.band == "warn":
        threat = deciding.threat_type.replace("_", " ")
        text = f"Allowed with a warning: {threat} ({deciding.rule_id}) stayed below the limit."
    else:
        text = "Allowed: nothing found that the policy acts on."
    return text + (" Some parts were not scanned." if incomplete else "")
