"""Auditing what an agent did: untrusted text before a dangerous call, loops, and steps away from the
objective.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promptguard.guard.engine.agents.tools import canonical_json, validate_tool
from promptguard.guard.engine.content import Content, ContentTooLarge, Message
from promptguard.guard.engine.evaluate import evaluate
from promptguard.guard.engine.policy import Policy
from promptguard.guard.engine.verdict import Decision

UNTRUSTED, SENSITIVE, EXTERNAL = "untrusted_source", "sensitive_data", "external_sink"
_MAX_REPEATS, _MAX_EVENTS = 5, 1_000


@dataclass(frozen=True, slots=True)
class TraceFinding:
    """One remark about the step at `index`."""

    rule: str
    index: int
    threat_type: str
    confidence: float
    reason: str


def audit_trace(
    user_objective: str,
    events: Sequence[Mapping[str, Any]],
    tool_labels: Mapping[str, Sequence[str]],
    policy: Policy,
) -> tuple[Decision, tuple[TraceFinding, ...]]:
    """Judge a trace of `{type: tool_call | tool_result | message, tool?, arguments?, content?}`.

    Args:
        user_objective: what the person asked for; a sink that it names is expected.
        tool_labels: labels by tool: untrusted_source, sensitive_data, external_sink.
    """
    findings = [*_poisoned_results(events, policy), *_calls(events, policy), *_loops(events)]
    findings += _lethal_trifecta(user_objective, events, tool_labels)
    if len(events) > _MAX_EVENTS:
        findings.append(
            TraceFinding("trace_too_long", _MAX_EVENTS, "policy_violation", 0.5, "not read to its end")
        )
    findings.sort(key=lambda finding: (finding.index, finding.rule))
    blocks = any(finding.confidence >= 0.8 for finding in findings)
    return Decision.BLOCK if blocks else Decision.ALLOW, tuple(findings)


def _steps(events: Sequence[Mapping[str, Any]], kind: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, event in enumerate(events[:_MAX_EVENTS]):
        if event.get("type") == kind:
            yield index, event


def _poisoned_results(events: Sequence[Mapping[str, Any]], policy: Policy) -> Iterator[TraceFinding]:
    for index, event in _steps(events, "tool_result"):
        text = event.get("content")
        if not isinstance(text, str):
            continue
        try:
            verdict = evaluate(Content((Message("tool", text),)), policy)
        except ContentTooLarge:
            yield TraceFinding(
                "result_not_scanned", index, "policy_violation", 0.5, "the result is too large"
            )
            continue
        if verdict.decision is Decision.BLOCK and verdict.deciding is not None:
            reason = "a tool result gives orders"
            yield TraceFinding(
                "poisoned_result", index, verdict.deciding.threat_type, verdict.confidence, reason
            )


def _calls(events: Sequence[Mapping[str, Any]], policy: Policy) -> Iterator[TraceFinding]:
    for index, event in _steps(events, "tool_call"):
        arguments = event.get("arguments")
        verdict = validate_tool(
            str(event.get("tool") or ""), arguments if isinstance(arguments, Mapping) else {}, policy
        )
        if not verdict.allowed:
            yield TraceFinding("blocked_call", index, "policy_violation", verdict.risk_score, verdict.reason)


def _loops(events: Sequence[Mapping[str, Any]]) -> Iterator[TraceFinding]:
    last, repeats = "", 0
    for index, event in _steps(events, "tool_call"):
        step = canonical_json([event.get("tool"), event.get("arguments")])
        repeats = repeats + 1 if step == last else 1
        last = step
        if repeats == _MAX_REPEATS:
            yield TraceFinding("loop", index, "systemic_cascade", 0.6, "the same call repeats")


def _lethal_trifecta(
    objective: str, events: Sequence[Mapping[str, Any]], labels: Mapping[str, Sequence[str]]
) -> list[TraceFinding]:
    """Untrusted text, then private data, then a way out: together they carry data off, each alone is
    ordinary.
    """
    seen: set[str] = set()
    for index, event in _steps(events, "tool_call"):
        tool = str(event.get("tool") or "")
        own = set(labels.get(tool, ()))
        if EXTERNAL in own and {UNTRUSTED, SENSITIVE} <= seen:
            expected = tool.replace("_", " ").casefold() in objective.casefold()
            confidence = 0.6 if expected else 0.85
            reason = "untrusted text and private data came before this way out"
            return [TraceFinding("lethal_trifecta", index, "data_exfiltration", confidence, reason)]
        seen |= own
    return []
