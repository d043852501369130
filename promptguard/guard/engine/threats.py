"""The vocabulary of threats: their published names, how severe each is, and where each sits in the
OWASP lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Threat:
    """One threat type.

    Attributes:
        severity: 0..1, the damage if the finding is true; multiplied by confidence it gives the weighted
            score.
        owasp_llm: entry of the OWASP Top 10 for LLM Applications, 2025 edition.
        owasp_agentic: entry of OWASP's Agentic AI Threats and Mitigations, or None.
    """

    description: str
    severity: float
    owasp_llm: str
    owasp_agentic: str | None = None


_INJECTION, _DISCLOSURE, _SUPPLY, _POISONING = "LLM01", "LLM02", "LLM03", "LLM04"
_OUTPUT, _AGENCY, _PROMPT_LEAK, _EMBEDDING, _MISINFORMATION = "LLM05", "LLM06", "LLM07", "LLM08", "LLM09"

THREATS: Mapping[str, Threat] = MappingProxyType(
    {
        "prompt_injection": Threat("Text tries to replace or override instructions", 0.95, _INJECTION, "T6"),
        "pii_leak": Threat("Personal information is present", 0.7, _DISCLOSURE),
        "data_exfiltration": Threat("Text tries to carry data to an outside party", 0.95, _DISCLOSURE, "T2"),
        "toxicity": Threat("Hateful, harassing, sexual or violent language", 0.6, _OUTPUT),
        "api_key_leak": Threat("A service credential is present", 0.9, _DISCLOSURE, "T3"),
        "system_prompt_leak": Threat("The system prompt is asked for or disclosed", 0.8, _PROMPT_LEAK),
        "policy_violation": Threat("A rule of the project was matched", 0.8, _AGENCY),
        "fraud_abuse": Threat("Text supports fraud, phishing or impersonation", 0.75, _MISINFORMATION, "T15"),
        "malware": Threat("Markers of malicious software are present", 0.9, _OUTPUT, "T11"),
        "secret_key_leak": Threat("A private key, password or token is present", 0.95, _DISCLOSURE, "T3"),
        "url_violation": Threat("A web address is not permitted or looks hostile", 0.7, _OUTPUT, "T2"),
        "malicious_entity": Threat("A listed entity is mentioned", 0.7, _AGENCY),
        "off_topic": Threat("Text leaves the permitted topics", 0.3, _AGENCY),
        "mcp_violation": Threat("A tool server or manifest breaks its rules", 0.85, _SUPPLY, "T2"),
        "insecure_code": Threat("Code holds a known weakness", 0.5, _OUTPUT, "T11"),
        "gibberish": Threat("Text carries no language", 0.2, "LLM10", "T4"),
        "language_violation": Threat("Text is in a language that is not permitted", 0.3, _AGENCY),
        "multi_turn_escalation": Threat("Turns build towards a refused goal", 0.7, _INJECTION, "T6"),
        "html_obfuscation": Threat("Instructions hidden in markup", 0.8, _INJECTION, "T6"),
        "syntactic_masking": Threat("Instructions hidden by characters or encodings", 0.8, _INJECTION, "T6"),
        "image_stego": Threat("Instructions hidden in an image", 0.8, _INJECTION, "T6"),
        "image_adversarial": Threat("An image crafted to mislead a model", 0.8, _INJECTION, "T6"),
        "audio_stego": Threat("Instructions hidden in audio", 0.8, _INJECTION, "T6"),
        "font_injection": Threat("Text that displays differently from what it says", 0.7, _INJECTION, "T6"),
        "dynamic_cloaking": Threat("Content shown to agents differs from people's", 0.7, _INJECTION, "T6"),
        "framing_bias": Threat("Content slanted to steer an agent's judgement", 0.4, _MISINFORMATION, "T7"),
        "critic_evasion": Threat("Content addressed to the checker itself", 0.8, _INJECTION, "T7"),
        "persona_hyperstition": Threat("Content that talks a model into a persona", 0.6, _INJECTION, "T6"),
        "rag_poisoning": Threat("A retrieved document carries instructions", 0.95, _EMBEDDING, "T1"),
        "memory_poisoning": Threat("Text plants lasting instructions in memory", 0.9, _POISONING, "T1"),
        "few_shot_poisoning": Threat("Forged examples teach a forbidden behaviour", 0.8, _POISONING, "T1"),
        "sub_agent_spawning": Threat("Text makes an agent start other agents", 0.8, _AGENCY, "T13"),
        "compositional_fragment": Threat("Harmless parts that compose an attack", 0.7, _INJECTION, "T6"),
        "sybil_attack": Threat("Many forged identities in one process", 0.7, _AGENCY, "T9"),
        "systemic_cascade": Threat("One failure set up to spread over agents", 0.7, _AGENCY, "T5"),
        "tacit_collusion": Threat("Agents steered to collude", 0.7, _AGENCY, "T12"),
        "approval_fatigue": Threat("A person is worn down to approve", 0.6, _AGENCY, "T10"),
    }
)

THREAT_TYPES: Mapping[str, str] = MappingProxyType(
    {name: threat.description for name, threat in THREATS.items()}
)


def severity_of(threat_type: str) -> float:
    """Severity 0..1 of a threat type; 0.5 for a name outside the vocabulary."""
    threat = THREATS.get(threat_type)
    return threat.severity if threat else 0.5
