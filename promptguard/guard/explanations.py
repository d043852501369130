"""Why the guard decided so, from what the decision's own row says and from nothing else."""

from typing import Any

from promptguard.guard.engine import THREATS, owasp
from promptguard.guard.models import Interaction


def explanation(interaction: Interaction) -> dict[str, Any]:
    """Each finding with its rule, place, threshold and OWASP entries, and which of them decided."""
    findings = [_finding(threat) for threat in interaction.threats]
    deciding = next((each for each in findings if _decides(each, interaction)), None)
    return {
        "event_id": interaction.event_id,
        "decision": interaction.decision,
        "reason": interaction.reason,
        "confidence": interaction.confidence,
        "threat_type": interaction.threat_type or None,
        "policy_version": interaction.policy_version,
        "policy_number": _number(interaction.policy_version),
        "content_mode": interaction.content_mode,
        "deciding": deciding,
        "findings": findings,
        "integrity_hash": interaction.integrity_hash,
    }


def _number(policy_version: str) -> int | None:
    """The version's number in front of the fingerprint; None for decisions older than versions."""
    number, dash, _ = policy_version.partition("-")
    return int(number) if dash and number.isdigit() else None


def _decides(finding: dict[str, Any], interaction: Interaction) -> bool:
    return bool(
        finding["status"] == "active"
        and finding["threat_type"] == interaction.threat_type
        and finding["confidence"] == round(interaction.confidence, 4)
    )


def _finding(threat: dict[str, Any]) -> dict[str, Any]:
    known = THREATS.get(threat["type"])
    place = threat.get("at")
    return {
        "threat_type": threat["type"],
        "description": known.description if known else "",
        "rule": {"detector": threat["detector"], "id": threat["rule"]},
        "confidence": float(threat["confidence"]),
        "status": threat["status"],
        "details": threat["details"],
        "location": place and {"source": place["in"], "index": place["index"], "path": place["path"]},
        "span": place and {"start": place["span"][0], "end": place["span"][1]},
        "threshold": _threshold(threat.get("threshold")),
        "owasp": owasp(threat["type"]),
    }


def _threshold(threshold: dict[str, str] | None) -> dict[str, Any] | None:
    if threshold is None:
        return None
    return {name: value if name == "band" else float(value) for name, value in threshold.items()}
