"""A view in UTF-8, the form the linear-time matcher reads."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from promptguard.guard.engine.views.offsets import View


@dataclass(frozen=True, slots=True)
class Octets:
    """A view in UTF-8; converts the matcher's offsets back to characters."""

    view: View
    octets: bytes
    is_ascii: bool
    _counts: list[NDArray[np.int64]] = field(default_factory=list, repr=False, compare=False)

    def char_span(self, start: int, end: int) -> tuple[int, int]:
        """Character offsets in the view for octet offsets."""
        if self.is_ascii:
            return start, end
        if not self._counts:
            # Counted once and kept: many matches in a long text must not each count from its start.
            octets = np.frombuffer(self.octets, dtype=np.uint8)
            self._counts.append(np.concatenate(([0], np.cumsum((octets & 0xC0) != 0x80))))
        counts = self._counts[0]
        return int(counts[start]), int(counts[end])

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Character offsets in the raw text for octet offsets."""
        return self.view.raw_span(*self.char_span(start, end))


def octets_of(view: View) -> Octets:
    """The view in UTF-8."""
    # A lone surrogate becomes one "?" so that character counts stay equal.
    octets = view.text.encode("utf-8", "replace")
    return Octets(view, octets, len(octets) == len(view.text))
