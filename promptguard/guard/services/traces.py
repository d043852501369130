"""Judging what an agent did: whole traces, and lists of recent actions from older clients."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from promptguard.core.caller import Caller
from promptguard.guard.engine import Decision, Finding, Verdict
from promptguard.guard.engine.agents import TraceFinding, audit_trace
from promptguard.guard.engine.threats import severity_of
from promptguard.guard.models import Interaction
from promptguard.guard.policies import active_policy
from promptguard.guard.services.screening import Attribution, log_verdict
from promptguard.projects.models import Project

# The client's axes (AgentToolLabels) in the engine's words.
LABELS = {
    "untrusted_content": "untrusted_source",
    "private_data": "sensitive_data",
    "public_sink": "external_sink",
    "destructive": "external_sink",
}
BLOCKING_CONFIDENCE = 0.8
ADVICE = {
    "blocked_call": "Take the blocked tool away from this agent, or narrow its arguments.",
    "loop": "Limit how often the agent may repeat a call.",
    "poisoned_result": "Do not feed this tool's results back without scanning them.",
    "lethal_trifecta": "Ask a person before data leaves after untrusted content was read.",
}


@dataclass(frozen=True, slots=True)
class TraceReport:
    """A trace's verdict. `index` of a finding is the position in the events that were sent."""

    decision: Decision
    findings: tuple[tuple[TraceFinding, int], ...]
    interaction: Interaction


def judge_trace(
    *,
    caller: Caller,
    project: Project,
    objective: str,
    events: Sequence[Mapping[str, Any]],
    tool_labels: Mapping[str, Mapping[str, Any]],
    attribution: Attribution,
) -> TraceReport:
    """Audit what an agent did, after it did it."""
    started, policy = time.perf_counter(), active_policy(project)
    steps = list(_steps(events))
    labels = {tool: _labels(axes) for tool, axes in tool_labels.items()}
    decision, found = audit_trace(objective, [step for _, step in steps], labels, policy.engine)
    findings = tuple((each, steps[each.index][0] if each.index < len(steps) else -1) for each in found)
    verdict = _verdict(decision, found, policy.version)
    interaction = log_verdict(
        caller=caller, project=project, verdict=verdict, attribution=attribution, started=started
    )
    return TraceReport(decision, findings, interaction)


def _labels(axes: Mapping[str, Any]) -> list[str]:
    return sorted({LABELS[axis] for axis, value in axes.items() if value is True and axis in LABELS})


def _steps(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The client's events as the engine's steps: a call and its output are two, with the event's index."""
    for index, event in enumerate(events):
        if not event.get("tool_name"):
            yield index, {"type": "message", "content": event.get("content") or ""}
            continue
        arguments = event.get("arguments") or {}
        yield index, {"type": "tool_call", "tool": event["tool_name"], "arguments": arguments}
        output = event.get("output")
        if output is not None:
            text = output if isinstance(output, str) else orjson.dumps(output).decode()
            yield index, {"type": "tool_result", "tool": event["tool_name"], "content": text}


def _verdict(decision: Decision, found: Sequence[TraceFinding], policy_version: str) -> Verdict:
    findings = tuple(
        Finding(
            threat_type=each.threat_type,
            detector="trace",
            rule_id=each.rule,
            confidence=each.confidence,
            severity=severity_of(each.threat_type),
            details=each.reason,
            guardrail="tool_injection",
        )
        for each in found
    )
    worst = max(findings, key=lambda each: each.confidence, default=None)
    blocked = decision is Decision.BLOCK
    return Verdict(
        decision,
        reason=f"The trace shows {len(findings)} finding(s)." if findings else "The trace shows nothing.",
        confidence=worst.confidence if worst else 0.0,
        threat_type=worst.threat_type if worst and blocked else None,
        findings=findings,
        policy_version=policy_version,
        deciding=worst,
    )


def judge_behaviour(
    *, caller: Caller, project: Project, actions: Sequence[Mapping[str, Any]], attribution: Attribution
) -> dict[str, Any]:
    """The older clients' question: are these recent actions normal?"""
    report = judge_trace(
        caller=caller,
        project=project,
        objective="",
        events=[_event(action) for action in actions],
        tool_labels={},
        attribution=attribution,
    )
    score = max((finding.confidence for finding, _ in report.findings), default=0.0)
    patterns = list(dict.fromkeys(finding.rule for finding, _ in report.findings))
    return {
        "is_normal": score < BLOCKING_CONFIDENCE / 2 + 0.1,
        "anomaly_score": score,
        "detected_patterns": patterns,
        "recommendations": [ADVICE[each] for each in patterns if each in ADVICE],
    }


def _event(action: Mapping[str, Any]) -> dict[str, Any]:
    name = next((action[key] for key in ("tool_name", "tool", "action", "name") if action.get(key)), "")
    arguments = action.get("arguments") or action.get("args") or {}
    known = {"tool_name": str(name), "arguments": arguments if isinstance(arguments, Mapping) else {}}
    return known | {"output": action.get("output") or action.get("result")}
