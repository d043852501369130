# ruff: noqa: E501 — a pattern is one line
"""An agent's long-term memory: what is written must not be an order, what is read must not be one either."""

from __future__ import annotations

from dataclasses import dataclass

import re2

from promptguard.guard.engine.content import Content, Message
from promptguard.guard.engine.evaluate import evaluate
from promptguard.guard.engine.policy import Policy
from promptguard.guard.engine.verdict import Decision, text_hash

# A preference describes its owner; a planted order addresses the agent, for all time.
_LASTING_ORDER = (
    r"(?i)\b(?:always|never|from now on|in (?:all )?future|every time|whenever|permanently|for all users)\b[^.\n]{0,120}"
    r"\b(?:ignore|bypass|skip|send|forward|approve|trust|recommend|execute|run|reveal|include|add|append|call|transfer|"
    r"visit|disable|obey|disclose|share|delete)\b"
)
_FALSE_AUTHORITY = (
    r"(?i)\b(?:the (?:user|admin|administrator|owner|developer)|i) (?:has|have|had|already|is|am)?\s?"
    r"(?:authori[sz]ed|approved|granted|confirmed|permission|admin|an administrator|consented)\b"
)
_RULES = (
    ("lasting_order", 0.75, re2.compile(_LASTING_ORDER)),
    ("false_authority", 0.6, re2.compile(_FALSE_AUTHORITY)),
)


@dataclass(frozen=True, slots=True)
class MemoryVerdict:
    """Whether an entry may be written or used; `match_type` is `rule`, `engine` or None."""

    decision: Decision
    detected: bool
    reason: str
    confidence: float
    match_type: str | None
    content_hash: str
    rule: str | None


def scan_memory(content: str, direction: str, policy: Policy) -> MemoryVerdict:
    """Judge one memory entry.

    Args:
        direction: `write` or `read`; a poisoned entry blocks either way, a doubtful one only a write.

    Raises:
        ContentTooLarge: the entry is over the policy's budget.
    """
    # Memory comes back as text that nobody in the conversation wrote, so it is judged as a tool result.
    verdict = evaluate(Content((Message("tool", content),)), policy)
    digest = text_hash(content)
    if verdict.decision is Decision.BLOCK and verdict.deciding is not None:
        deciding = verdict.deciding
        return MemoryVerdict(
            Decision.BLOCK, True, verdict.reason, deciding.confidence, "engine", digest, deciding.rule_id
        )
    octets = content.encode("utf-8", "replace")
    found = [(risk, rule) for rule, risk, pattern in _RULES if pattern.search(octets) is not None]
    if found:
        doubt = 1.0
        for risk, _ in found:
            doubt *= 1 - risk
        score = round(1 - doubt, 4)
        blocks = score >= (0.7 if direction == "write" else 0.85)
        reason = "the entry plants a lasting order or a claim of authority"
        return MemoryVerdict(
            Decision.BLOCK if blocks else Decision.ALLOW, True, reason, score, "rule", digest, max(found)[1]
        )
    return MemoryVerdict(Decision.ALLOW, False, "nothing found in the entry", 0.0, None, digest, None)
