"""Cutting sensitive values out of text: placeholders, masks or reversible tokens; idempotent, and exact
on raw offsets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from promptguard.guard.engine.detectors.pii import expand_entities, scan_pii
from promptguard.guard.engine.detectors.pii.entities import ENTITIES, Sensitivity, entities_up_to
from promptguard.guard.engine.detectors.secrets import scan_secrets
from promptguard.guard.engine.verdict import Redaction, RedactionMode, Span
from promptguard.guard.engine.views import read
from promptguard.guard.engine.views.offsets import Edit, View, edited_view, raw_view

# A replacement can bring a label next to another value; a second pass settles it, and the bound is for
# hostile text.
_MAX_PASSES = 4
_LIKE_TOKEN = re.compile(r"\[[A-Z0-9_]+_TOKEN_\d+\]")
DEFAULT_ENTITIES = entities_up_to(Sensitivity.DIRECT) | {"api_key"}
_OF_SENSITIVITY = {Sensitivity.CRITICAL: 0.9, Sensitivity.DIRECT: 0.7, Sensitivity.CONTEXTUAL: 0.4}
_SEVERITIES = {name: _OF_SENSITIVITY[entity.sensitivity] for name, entity in ENTITIES.items()}
# What a project's own rule cuts out.
CUSTOM_ENTITY = "policy"
_SECRET_ENTITIES = frozenset({"api_key", "password", "private_key", "password_hash", "token"})


@dataclass(slots=True)
class Vault:
    """Reversible tokens of one request: token to value, numbered in order of first appearance. The
    caller stores it.
    """

    values: dict[str, str] = field(default_factory=dict)
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def token(self, entity: str, value: str, text: str) -> str:
        """The token for a value, the same for each occurrence, and never one that the text already
        contains.
        """
        if (entity, value) not in self._tokens:
            number = len(self._tokens) + 1
            taken = _LIKE_TOKEN.search(text) is not None
            while (token := f"[{entity.upper()}_TOKEN_{number}]") in self.values or (taken and token in text):
                number += 1
            self._tokens[entity, value] = token
            self.values[token] = value
        return self._tokens[entity, value]

    def restore(self, text: str) -> str:
        """Put the original values back."""
        return _LIKE_TOKEN.sub(lambda token: self.values.get(token.group(), token.group()), text)


def redact_text(
    text: str, *, entities: frozenset[str] | None = None, mode: RedactionMode = RedactionMode.REDACT
) -> Redaction:
    """Replace personal information and credentials in one text.

    Args:
        entities: type or family names; None stands for every type but the contextual ones (names, dates,
            addresses).

    Raises:
        UnknownEntity: a name that no detector knows.
    """
    wanted = DEFAULT_ENTITIES if entities is None else expand_entities(entities)
    return redact_entities(text, wanted, mode, Vault())


def redact_entities(text: str, entities: frozenset[str], mode: RedactionMode, vault: Vault) -> Redaction:
    """Redact with already expanded type names, numbering tokens in a vault that several texts may share."""
    view, found = raw_view(text), list[Span]()
    for _ in range(_MAX_PASSES):
        spans = find_spans(view.text, entities)
        edits = _edits(view.text, spans, mode, vault)
        if not edits:
            break
        found += [_in_raw(view, span) for span in spans]
        view = edited_view("redacted", view, edits)
    merged = merge_spans(found)
    return Redaction(
        view.text, tuple(dict.fromkeys(span.entity for span in merged)), merged, dict(vault.values)
    )


def _edits(text: str, spans: Iterable[Span], mode: RedactionMode, vault: Vault) -> list[Edit]:
    edits = [Edit(span.start, span.end, _replacement(text, span, mode, vault)) for span in spans]
    return [edit for edit in edits if edit.text != text[edit.start : edit.end]]


def replace_spans(text: str, spans: Iterable[Span], mode: RedactionMode, vault: Vault) -> str:
    """The text with these disjoint, sorted stretches replaced."""
    return edited_view("redacted", raw_view(text), _edits(text, spans, mode, vault)).text


def _in_raw(view: View, span: Span) -> Span:
    start, end = view.raw_span(span.start, span.end)
    return Span(start, end, span.entity, span.confidence)


def find_spans(text: str, entities: frozenset[str]) -> tuple[Span, ...]:
    """Stretches of raw text that hold a wanted value; overlapping ones are merged."""
    reading = read(text)
    spans = [Span(hit.start, hit.end, hit.entity, hit.confidence) for hit in scan_pii(reading, entities)]
    if "api_key" in entities:
        spans += [Span(hit.start, hit.end, hit.entity, hit.confidence) for hit in scan_secrets(reading)]
    return merge_spans(spans)


def merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join overlapping spans; the joint stretch takes the type of the most confident, then the longest
    of them.
    """
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, -span.confidence, span.entity)):
        if merged and span.start < merged[-1].end:
            merged.append(_joint(merged.pop(), span))
        else:
            merged.append(span)
    return tuple(merged)


def _joint(first: Span, second: Span) -> Span:
    best = max(first, second, key=lambda span: (span.confidence, span.end - span.start))
    return Span(first.start, max(first.end, second.end), best.entity, best.confidence)


def _replacement(text: str, span: Span, mode: RedactionMode, vault: Vault) -> str:
    value = text[span.start : span.end]
    if mode is RedactionMode.MASK:
        return _mask(value, span.entity)
    if mode is RedactionMode.TOKENIZE:
        return vault.token(span.entity, value, text)
    return placeholder(span.entity)


def placeholder(entity: str) -> str:
    """What stands for a value of this type, such as `[EMAIL_REDACTED]`."""
    return f"[{entity.upper()}_REDACTED]"


def _mask(value: str, entity: str) -> str:
    """Stars for every letter and digit; payment cards and accounts keep the last four, as PCI DSS 3.4
    permits.
    """
    kept = (
        4
        if entity in ("credit_card", "iban", "bank_account", "phone", "phone_us") and len(value) >= 12
        else 0
    )
    body = value[: len(value) - kept]
    stars = "".join("*" if char.isalnum() or char in "@._" else char for char in body)
    return stars + value[len(value) - kept :]


def entity_severity(entity: str) -> float:
    """Severity 0..1 of finding this type."""
    return 0.95 if entity in _SECRET_ENTITIES else _SEVERITIES[entity]
