"""Why a decision was made, in words a person can act on, and where it stands in the OWASP lists."""

from __future__ import annotations

from typing import Any

from promptguard.guard.engine.threats import THREATS
from promptguard.guard.engine.verdict import Finding, Status, Verdict

OWASP_LLM = {
    "LLM01": "Prompt Injection",
    "LLM02": "Sensitive Information Disclosure",
    "LLM03": "Supply Chain",
    "LLM04": "Data and Model Poisoning",
    "LLM05": "Improper Output Handling",
    "LLM06": "Excessive Agency",
    "LLM07": "System Prompt Leakage",
    "LLM08": "Vector and Embedding Weaknesses",
    "LLM09": "Misinformation",
    "LLM10": "Unbounded Consumption",
}
OWASP_AGENTIC = {
    "T1": "Memory Poisoning",
    "T2": "Tool Misuse",
    "T3": "Privilege Compromise",
    "T4": "Resource Overload",
    "T5": "Cascading Hallucination Attacks",
    "T6": "Intent Breaking and Goal Manipulation",
    "T7": "Misaligned and Deceptive Behaviors",
    "T9": "Identity Spoofing and Impersonation",
    "T10": "Overwhelming Human in the Loop",
    "T11": "Unexpected Remote Code Execution",
    "T12": "Agent Communication Poisoning",
    "T13": "Rogue Agents in Multi-Agent Systems",
    "T15": "Human Manipulation",
}


def owasp(threat_type: str) -> dict[str, str | None]:
    """Entries of a threat type: `llm` (2025 edition) and `agentic` (Agentic AI Threats and
    Mitigations), with names.
    """
    threat = THREATS.get(threat_type)
    if threat is None:
        return {"llm": None, "agentic": None}
    agentic = (
        f"{threat.owasp_agentic} {OWASP_AGENTIC[threat.owasp_agentic]}" if threat.owasp_agentic else None
    )
    return {"llm": f"{threat.owasp_llm}:2025 {OWASP_LLM[threat.owasp_llm]}", "agentic": agentic}


def explain_finding(finding: Finding) -> dict[str, Any]:
    """One finding for people: what fired, where, against which limits, and what to do about a false alarm."""
    return {
        "summary": _summary(finding),
        "rule": {"detector": finding.detector, "id": finding.rule_id, "suppressible": finding.suppressible},
        "threat_type": finding.threat_type,
        "owasp": owasp(finding.threat_type),
        "technique": finding.technique,
        "score": finding.score,
        "thresholds": {"warn": finding.warn_threshold, "block": finding.block_threshold},
        "where": _where(finding),
        "seen_in": finding.view,
        "status": str(finding.status),
        "remedy": _remedy(finding),
    }


def explain(verdict: Verdict) -> dict[str, Any]:
    """A whole verdict: the deciding finding first, then the others, then what was not looked at."""
    others = [finding for finding in verdict.findings if finding is not verdict.deciding]
    ordered = ([verdict.deciding] if verdict.deciding else []) + others
    return {
        "decision": str(verdict.decision),
        "reason": verdict.reason,
        "policy_version": verdict.policy_version,
        "findings": [explain_finding(finding) for finding in ordered],
        "not_scanned": [part.detail for part in verdict.unscanned],
        "not_available": [f"{part.detector}: {part.reason}" for part in verdict.unavailable],
    }


def _summary(finding: Finding) -> str:
    threat = THREATS.get(finding.threat_type)
    meaning = threat.description if threat else finding.threat_type
    return f"{meaning}: {finding.details} (confidence {finding.score:.2f})."


def _where(finding: Finding) -> dict[str, Any] | None:
    where = finding.location
    if where is None:
        return None
    return {
        "source": where.source,
        "index": where.index,
        "block": where.block,
        "start": where.start,
        "end": where.end,
    }


def _remedy(finding: Finding) -> str:
    if finding.status is Status.SUPPRESSED:
        return "Nothing: the project silenced this rule here."
    if finding.suppressible:
        return "If this is a false alarm, suppress the rule for this text or for the project."
    if finding.detector == "injection_model":
        return "If this is a false alarm, raise the block threshold of the guardrail or add an allow rule."
    return "Remove the value from the text, or change the guardrail's settings."
