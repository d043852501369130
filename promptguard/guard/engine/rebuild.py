"""The redacted copy of the messages: same order, same length, same roles, non-text blocks untouched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from promptguard.guard.engine.content import Message, Segment
from promptguard.guard.engine.policy import Policy
from promptguard.guard.engine.redact import Vault, redact_entities
from promptguard.guard.engine.verdict import Finding


def rebuild_messages(
    messages: tuple[Message, ...],
    segments: Iterable[Segment],
    redacting: Iterable[Finding],
    policy: Policy,
    vault: Vault,
) -> list[dict[str, Any]]:
    """Messages as dictionaries with each sensitive text replaced; everything else is shared with the
    originals.
    """
    rebuilt = [message.as_dict() for message in messages]
    entities = policy.pii_entities | (
        {"api_key"} if policy.is_enabled("secret_key_detection") else frozenset()
    )
    touched = {(each.location.index, each.location.path) for each in redacting if each.location is not None}
    for segment in segments:
        if segment.is_redactable and (segment.index, segment.path) in touched:
            redaction = redact_entities(segment.text, entities, policy.pii_mode, vault)
            rebuilt[segment.index] = _replace(rebuilt[segment.index], segment.path, redaction.text)
    return rebuilt


def _replace(node: Any, path: tuple[str | int, ...], text: str) -> Any:
    """A copy of the nested value with one leaf changed; only the containers on the way are copied."""
    if not path:
        return text
    copy: Any = dict(node) if isinstance(node, Mapping) else list(node)
    copy[path[0]] = _replace(copy[path[0]], path[1:], text)
    return copy
