"""What is enforced in a project, flattened for lists (contract 1.8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from promptguard.guard.policies import ActivePolicy

# Guardrail → the threat types it reports, for the flattened list of what is enforced.
GUARDRAIL_THREATS = {
    "prompt_injection": ["prompt_injection", "system_prompt_leak"],
    "pii_detection": ["pii_leak"],
    "toxicity": ["toxicity"],
    "data_exfiltration": ["data_exfiltration"],
    "secret_key_detection": ["api_key_leak", "secret_key_leak"],
    "url_filtering": ["url_violation"],
    "fraud_detection": ["fraud_abuse"],
    "malware_detection": ["malware"],
    "jailbreak_detection": ["prompt_injection"],
    "tool_injection": ["prompt_injection", "rag_poisoning"],
    "multi_turn_drift": ["multi_turn_escalation"],
    "hallucination": [],
    "mcp_security": ["mcp_violation"],
}


def enforced_bodies(policy: ActivePolicy, own: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is enforced, flattened: guardrails that are on, then the project's own rules by priority."""
    guardrails = [
        {
            "id": name,
            "name": name.replace("_", " ").capitalize(),
            "description": None,
            "action": settings.get("mode") or settings.get("action") or "block",
            "threat_types": GUARDRAIL_THREATS.get(name, []),
            "priority": 0,
        }
        for name, settings in policy.engine.guardrails().items()
        if settings["enabled"]
    ]
    by_id = {each["id"]: each for each in own}
    rules = [
        {
            "id": rule.name,
            "name": by_id[rule.name]["name"],
            "description": by_id[rule.name]["description"] or None,
            "action": rule.action,
            "threat_types": [rule.threat_type],
            "priority": by_id[rule.name]["priority"],
        }
        for rule in policy.rules
    ]
    return guardrails + rules
