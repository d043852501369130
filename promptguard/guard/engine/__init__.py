"""The guard engine: plain Python that judges text. It knows nothing of Django, of tenants or of storage.

`evaluate(content, policy)` is pure: the same content under the same policy version gives the same verdict in
every process. `redact_text` cuts sensitive values from one string.
"""

from promptguard.guard.engine.canary import Canary, plant
from promptguard.guard.engine.content import Content, ContentTooLarge, Direction, Message
from promptguard.guard.engine.custom import CONDITIONS, CustomRule, check_pattern
from promptguard.guard.engine.detectors.pii import PII_TYPES, UnknownEntity
from promptguard.guard.engine.evaluate import evaluate
from promptguard.guard.engine.explain import explain, explain_finding, owasp
from promptguard.guard.engine.guardrails import STRICTNESS_LEVELS, USE_CASES, PolicyError, parse_preset
from promptguard.guard.engine.policy import Policy, Suppression
from promptguard.guard.engine.redact import Vault, redact_text
from promptguard.guard.engine.streaming import StreamRedactor
from promptguard.guard.engine.threats import THREAT_TYPES, THREATS
from promptguard.guard.engine.verdict import (
    Decision,
    Finding,
    Location,
    Redaction,
    RedactionMode,
    Span,
    Status,
    Unavailable,
    Unscanned,
    Verdict,
)

__all__ = [
    "CONDITIONS",
    "PII_TYPES",
    "STRICTNESS_LEVELS",
    "THREATS",
    "THREAT_TYPES",
    "USE_CASES",
    "Canary",
    "Content",
    "ContentTooLarge",
    "CustomRule",
    "Decision",
    "Direction",
    "Finding",
    "Location",
    "Message",
    "Policy",
    "PolicyError",
    "Redaction",
    "RedactionMode",
    "Span",
    "Status",
    "StreamRedactor",
    "Suppression",
    "Unavailable",
    "UnknownEntity",
    "Unscanned",
    "Vault",
    "Verdict",
    "check_pattern",
    "evaluate",
    "explain",
    "explain_finding",
    "owasp",
    "parse_preset",
    "plant",
    "redact_text",
]
