"""What the engine answers: findings with their place in the raw text, and the decision they lead to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Decision(StrEnum):
    """What the caller shall do with the content."""

    ALLOW = "allow"
    REDACT = "redact"
    BLOCK = "block"


class Status(StrEnum):
    """Whether a finding takes part in the decision."""

    ACTIVE = "active"
    CANDIDATE = "candidate"
    SUPPRESSED = "suppressed"


class RedactionMode(StrEnum):
    """What stands in the place of a redacted value."""

    REDACT = "redact"
    MASK = "mask"
    BLOCK = "block"
    TOKENIZE = "tokenize"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a finding is: a list of the request, an index in it, a path to the text, raw character
    offsets.
    """

    source: str
    index: int
    path: tuple[str | int, ...]
    start: int
    end: int

    @property
    def block(self) -> int | None:
        """Index of the content block, or None when the message is one string."""
        return self.path[1] if len(self.path) > 1 and isinstance(self.path[1], int) else None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a detector saw. `details` never holds matched text; `match_sha256` identifies it instead."""

    threat_type: str
    detector: str
    rule_id: str
    confidence: float
    severity: float
    details: str
    guardrail: str
    technique: str | None = None
    status: Status = Status.ACTIVE
    band: str | None = None
    warn_threshold: float | None = None
    block_threshold: float | None = None
    suppressible: bool = True
    match_sha256: str | None = None
    location: Location | None = None
    view: str = "raw"
    entity: str | None = None
    action: str | None = None

    @property
    def score(self) -> float:
        """The number compared with the thresholds, 0..1."""
        return self.confidence

    @property
    def weighted_score(self) -> float:
        """Severity times confidence, 0..1."""
        return round(min(1.0, self.severity * self.confidence), 4)


@dataclass(frozen=True, slots=True)
class Unscanned:
    """A part that arrived and was not read, and why."""

    index: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A detector that this deployment cannot run, and why."""

    detector: str
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """A redacted stretch of raw text."""

    start: int
    end: int
    entity: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Redaction:
    """Text with its sensitive values replaced; `found` names the types in order of appearance, each once."""

    text: str
    found: tuple[str, ...]
    spans: tuple[Span, ...]
    vault: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one evaluation; equal for equal content and policy version."""

    decision: Decision
    reason: str
    confidence: float = 0.0
    weighted_score: float | None = None
    threat_type: str | None = None
    findings: tuple[Finding, ...] = ()
    redacted_messages: list[dict[str, Any]] | None = None
    unscanned: tuple[Unscanned, ...] = ()
    unavailable: tuple[Unavailable, ...] = ()
    policy_version: str = ""
    deciding: Finding | None = None
    vault: dict[str, str] = field(default_factory=dict, repr=False)


def text_hash(text: str) -> str:
    """Lowercase hex SHA-256 of the text's UTF-8; lone surrogates are escaped so that any string has a
    hash.
    """
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
