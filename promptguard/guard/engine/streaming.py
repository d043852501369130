"""Redacting a stream: text is held back until no value can still be growing over the edge.

What is emitted depends on the text alone and never on how it was cut into chunks, so a value split over two chunks is
found like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from promptguard.guard.engine.redact import DEFAULT_ENTITIES, Vault, find_spans, replace_spans
from promptguard.guard.engine.verdict import RedactionMode, Span

_WINDOW = 256
# Room for a label and the start of its value to be seen together.
_HOLD_BACK = 96
_CONTEXT = 96
# A token longer than this is cut all the same, so that a stream cannot make us hold everything.
_MAX_HELD = 16_384


@dataclass(slots=True)
class StreamRedactor:
    """Feed chunks, send on what comes back, and close at the end.

    Attributes:
        entities: type names that are cut out.
        found: types seen so far, in order, each once.
    """

    entities: frozenset[str] = DEFAULT_ENTITIES
    mode: RedactionMode = RedactionMode.REDACT
    vault: Vault = field(default_factory=Vault)
    found: dict[str, None] = field(default_factory=dict)
    _buffer: str = ""
    _context: str = ""

    def feed(self, chunk: str) -> str:
        """The text that is now safe to send, which may be empty."""
        self._buffer += chunk
        emitted: list[str] = []
        size = _WINDOW
        while len(self._buffer) >= size:
            cut = self._safe_cut(self._buffer[:size], size >= _MAX_HELD)
            if cut:
                emitted.append(self._emit(cut))
                size = _WINDOW
            else:
                size *= 2
        return "".join(emitted)

    def close(self) -> str:
        """Everything that was still held."""
        return self._emit(len(self._buffer)) if self._buffer else ""

    def _safe_cut(self, window: str, must: bool) -> int:
        limit = len(window) - _HOLD_BACK
        cut = max(window.rfind(" ", 0, limit), window.rfind("\n", 0, limit)) + 1
        for span in reversed(self._spans(window)):
            if span.start < cut < span.end:
                cut = span.start
        return cut if cut > 0 or not must else limit

    def _spans(self, window: str) -> list[Span]:
        """Spans in the window, seen with the text before it, which is already gone and only lends its labels."""
        offset = len(self._context)
        spans = find_spans(self._context + window, self.entities)
        inside = [span for span in spans if span.end > offset]
        return [
            Span(max(0, span.start - offset), span.end - offset, span.entity, span.confidence)
            for span in inside
        ]

    def _emit(self, cut: int) -> str:
        text = self._buffer[:cut]
        # Seen with what follows, as far as it is known the same for every chunking: nothing beyond the cut.
        spans = [span for span in self._spans(text) if span.start < cut]
        self.found.update(dict.fromkeys(span.entity for span in spans))
        self._context = (self._context + text)[-_CONTEXT:]
        self._buffer = self._buffer[cut:]
        return replace_spans(text, spans, self.mode, self.vault)
