"""What is kept of a scanned text, by the project's content mode."""

import hashlib
from collections.abc import Sequence
from typing import Any

from promptguard.guard.engine import (
    Content,
    Decision,
    Message,
    Policy,
    Redaction,
    Status,
    Verdict,
    redact_text,
)
from promptguard.guard.engine.redact import DEFAULT_ENTITIES
from promptguard.projects.models import ContentMode

# Without these detectors nobody knows whether a text holds what storage must not hold.
NEEDED = frozenset({"engine", "pii", "secrets"})


def kept_texts(mode: ContentMode, content: Content, verdict: Verdict, policy: Policy) -> list[str]:
    """The texts to store: as sent, redacted, as SHA-256, or none."""
    if mode is ContentMode.NONE:
        return []
    if mode is ContentMode.REDACTED:
        return _redacted(content, verdict, policy)
    return _plain(mode, [text for message in content.messages for text in texts_of(message.content)])


def kept_redaction(mode: ContentMode, text: str, redaction: Redaction) -> list[str]:
    """The same for a text that was redacted on request, maybe of a few types only."""
    if mode is ContentMode.NONE:
        return []
    return [redact_text(redaction.text).text] if mode is ContentMode.REDACTED else _plain(mode, [text])


def _plain(mode: ContentMode, texts: Sequence[str]) -> list[str]:
    if mode is ContentMode.FULL:
        return list(texts)
    return [f"sha256:{hashlib.sha256(encodable(text).encode()).hexdigest()}" for text in texts]


def _redacted(content: Content, verdict: Verdict, policy: Policy) -> list[str]:
    """The redacted messages if there are any, else the messages; scanned again only where it can matter."""
    messages = content.messages
    if verdict.redacted_messages is not None:
        messages = tuple(Message(role=m["role"], content=m.get("content")) for m in verdict.redacted_messages)
    texts = [text for message in messages for text in texts_of(message.content)]
    return texts if _is_clean(verdict, policy) else [redact_text(text).text for text in texts]


def _is_clean(verdict: Verdict, policy: Policy) -> bool:
    """Whether the engine has looked for everything that storage must not hold, and has cut out what it found."""
    looked = (
        policy.is_enabled("secret_key_detection") and DEFAULT_ENTITIES - {"api_key"} <= policy.pii_entities
    )
    broken = any(each.detector in NEEDED for each in verdict.unavailable)
    if not looked or verdict.unscanned or broken:
        return False
    values = [finding for finding in verdict.findings if finding.entity]
    cut = verdict.decision is Decision.REDACT and all(each.status is Status.ACTIVE for each in values)
    return cut or not values


def texts_of(content: str | list[Any] | None) -> list[str]:
    """The text of a message: a string, or the text blocks of an array."""
    if isinstance(content, str):
        return [content] if content else []
    return [
        block["text"]
        for block in content or ()
        if isinstance(block, dict) and isinstance(block.get("text"), str)
    ]


def encodable(text: str) -> str:
    """PostgreSQL and UTF-8 have no lone surrogates; JSON does."""
    return text.encode("utf-8", "replace").decode()
