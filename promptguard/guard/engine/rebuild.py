"""The redacted copy of the messages: same order, same length, same roles, non-text blocks untouched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from promptguard.guard.engine.content import Message, Segment
from promptguard.guard.engine.redact import CUSTOM_ENTITY, Vault, merge_spans, replace_spans
from promptguard.guard.engine.verdict import Finding, RedactionMode, Span


def rebuild_messages(
    messages: tuple[Message, ...],
    segments: Iterable[Segment],
    redacting: Iterable[Finding],
    mode: RedactionMode,
    vault: Vault,
) -> list[dict[str, Any]]:
    """Messages as dictionaries with each sensitive stretch replaced; all else is shared with the
    originals.
    """
    rebuilt = [message.as_dict() for message in messages]
    spans: dict[tuple[int, tuple[str | int, ...]], list[Span]] = {}
    for finding in redacting:
        if finding.location is not None:
            where = finding.location
            span = Span(where.start, where.end, finding.entity or CUSTOM_ENTITY, finding.confidence)
            spans.setdefault((where.index, where.path), []).append(span)
    for segment in segments:
        found = spans.get((segment.index, segment.path)) if segment.is_redactable else None
        if found:
            text = replace_spans(segment.text, merge_spans(found), mode, vault)
            rebuilt[segment.index] = _replace(rebuilt[segment.index], segment.path, text)
    return rebuilt


def _replace(node: Any, path: tuple[str | int, ...], text: str) -> Any:
    """A copy of the nested value with one leaf changed; only the containers on the way are copied."""
    if not path:
        return text
    copy: Any = dict(node) if isinstance(node, Mapping) else list(node)
    copy[path[0]] = _replace(copy[path[0]], path[1:], text)
    return copy
