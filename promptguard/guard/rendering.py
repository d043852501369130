"""Verdicts and vocabularies in the words of the contract (1.3, 1.4, 1.8)."""

from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from promptguard.core.errors import NotFound
from promptguard.guard.engine import Decision, Finding, PolicyError, parse_preset
from promptguard.guard.engine.agents import ManifestReport, MemoryVerdict, TraceFinding
from promptguard.guard.models import Interaction
from promptguard.guard.policies import preset
from promptguard.guard.services import Screening
from promptguard.guard.services.traces import BLOCKING_CONFIDENCE, TraceReport
from promptguard.projects.vocabulary import STRICTNESS_LEVELS, USE_CASES

# A self-hosted installation has no quota of its own until billing sets one; clients want a number.
UNLIMITED = 2**31 - 1


def guard_body(screening: Screening) -> dict[str, Any]:
    verdict, interaction = screening.verdict, screening.interaction
    return {
        "decision": str(verdict.decision),
        "event_id": interaction.event_id,
        "confidence": verdict.confidence,
        "weighted_score": verdict.weighted_score,
        "threat_type": verdict.threat_type,
        "reason": verdict.reason,
        "redacted_messages": verdict.redacted_messages,
        "threats": [threat_body(finding) for finding in verdict.findings],
        "unscanned": [asdict(entry) for entry in verdict.unscanned],
        "unavailable": [asdict(entry) for entry in verdict.unavailable],
        "entitlement": None,
        "latency_ms": interaction.latency_ms,
        "metadata": {
            "policy_version": interaction.policy_version,
            "integrity_hash": interaction.integrity_hash,
        },
    }


def threat_body(finding: Finding) -> dict[str, Any]:
    return {
        "type": finding.threat_type,
        "confidence": finding.confidence,
        "details": finding.details,
        "weighted_score": finding.weighted_score,
        "technique": finding.technique,
        "rule": {"detector": finding.detector, "id": finding.rule_id, "suppressible": finding.suppressible},
        "status": str(finding.status),
        "threshold": threshold_body(finding),
        "match_sha256": finding.match_sha256,
    }


def threshold_body(finding: Finding) -> dict[str, Any] | None:
    if finding.band is None:
        return None
    return {
        "band": str(finding.band),
        "warn": finding.warn_threshold,
        "block": finding.block_threshold,
        "score": finding.score,
    }


def scan_body(screening: Screening) -> dict[str, Any]:
    verdict, interaction = screening.verdict, screening.interaction
    thresholds = [threshold_body(finding) for finding in verdict.findings if finding.band is not None]
    return {
        "blocked": verdict.decision is Decision.BLOCK,
        "decision": str(verdict.decision),
        "flagged": interaction.is_flagged,
        "threshold": thresholds[0] if thresholds else None,
        "reason": verdict.reason,
        "threatType": verdict.threat_type,
        "confidence": verdict.confidence,
        "eventId": interaction.event_id,
        "processingTimeMs": interaction.latency_ms,
    }


def verdict_headers(screening: Screening) -> dict[str, str]:
    verdict, interaction = screening.verdict, screening.interaction
    return {
        "X-PromptGuard-Event-ID": interaction.event_id,
        "X-PromptGuard-Decision": str(verdict.decision),
        "X-PromptGuard-Confidence": f"{verdict.confidence:.2f}",
        "X-PromptGuard-Threat-Type": verdict.threat_type or "none",
        "X-PromptGuard-Latency-Ms": f"{interaction.latency_ms:.3f}",
    }


@cache
def _presets() -> dict[str, dict[str, Any]]:
    return {
        f"{use_case}:{strictness}": _preset_body(use_case, strictness)
        for use_case in USE_CASES
        for strictness in STRICTNESS_LEVELS
    }


def _preset_body(use_case: str, strictness: str) -> dict[str, Any]:
    guardrails = preset(use_case, strictness).guardrails()
    words = use_case.replace("_", " ")
    return {
        "key": f"{use_case}:{strictness}",
        "name": f"{words.capitalize()}, {strictness}",
        "description": f"The {strictness} policy for the use case {words}.",
        "pii_detection": bool(guardrails["pii_detection"]["enabled"]),
        "injection_detection": bool(guardrails["prompt_injection"]["enabled"]),
        "exfiltration_detection": bool(guardrails["data_exfiltration"]["enabled"]),
        "output_safety": bool(guardrails["toxicity"]["enabled"]),
        "custom_patterns": [],
        "allowed_domains": guardrails["url_filtering"]["allowed_domains"],
        "blocked_domains": guardrails["url_filtering"]["blocked_domains"],
    }


def preset_bodies(name: str | None = None) -> Any:
    """Every preset, or the one of that name (`support_bot`, `strict` and `support_bot:strict` all count).

    Raises NotFound.
    """
    if name is None:
        return list(_presets().values())
    try:
        return _presets()[":".join(parse_preset(name))]
    except PolicyError as error:
        raise NotFound() from error


def usage_body(used: int, reset: datetime) -> dict[str, Any]:
    """The union of what clients and documentation read (contract 1.8)."""
    return {
        "has_subscription": True,
        "plan": "enterprise",
        "status": "active",
        "monthly_limit": UNLIMITED,
        "used_this_month": used,
        "remaining": UNLIMITED - used,
        "usage_percentage": round(100 * used / UNLIMITED, 4),
        "reset_date": reset,
        "requests_used": used,
        "requests_limit": UNLIMITED,
        "overage": 0,
        "reset_at": reset,
    }


def memory_body(judged: MemoryVerdict, interaction: Interaction) -> dict[str, Any]:
    rule = {"detector": "memory", "id": judged.rule, "suppressible": judged.match_type == "rule"}
    return {
        "decision": str(judged.decision),
        "detected": judged.detected,
        "reason": judged.reason,
        "confidence": judged.confidence,
        "match_type": judged.match_type,
        "content_hash": judged.content_hash,
        "rule": rule if judged.rule else None,
        "event_id": interaction.event_id,
    }


def trace_body(report: TraceReport) -> dict[str, Any]:
    return {
        "decision": str(report.decision),
        "findings": [trace_finding_body(finding, index) for finding, index in report.findings],
        "event_id": report.interaction.event_id,
    }


def trace_finding_body(finding: TraceFinding, index: int) -> dict[str, Any]:
    blocks = finding.confidence >= BLOCKING_CONFIDENCE
    return {
        "detector": "trace",
        "code": finding.rule,
        "severity": "high" if blocks else "medium",
        "reason": finding.reason,
        "decision": "block" if blocks else "allow",
        "rule": {"detector": "trace", "id": finding.rule, "suppressible": False},
        "metadata": {
            "event_index": index,
            "threat_type": finding.threat_type,
            "confidence": finding.confidence,
        },
    }


def manifest_body(report: ManifestReport) -> dict[str, Any]:
    return {
        "sha256": report.sha256,
        "ok": report.ok,
        "findings": [asdict(finding) for finding in report.findings],
        "tools": [{"name": name, "sha256": digest} for name, digest in report.tools],
        "incomplete": report.incomplete,
        "unscanned_tools": list(report.unscanned_tools),
    }
