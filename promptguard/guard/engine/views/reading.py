"""One text in all its views, computed once and only as far as the text gives cause for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from promptguard.guard.engine.views.canonical import canonical_view
from promptguard.guard.engine.views.ciphers import cipher_views
from promptguard.guard.engine.views.decoded import decoded_view
from promptguard.guard.engine.views.joined import joined_views
from promptguard.guard.engine.views.offsets import View, raw_view


@dataclass(frozen=True, slots=True)
class Octets:
    """A view in UTF-8, the form the linear-time matcher reads; converts its offsets back to characters."""

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


@dataclass(frozen=True, slots=True)
class Reading:
    """A raw text and its views.

    Attributes:
        plain: views in which words stand as usual (canonical, decoded, deciphered).
        squeezed: views in which the gaps between words may be gone.
    """

    raw: str
    plain: tuple[Octets, ...]
    squeezed: tuple[Octets, ...]

    @property
    def canonical(self) -> Octets:
        """The first view: the raw text without disguises of single characters."""
        return self.plain[0]


def _octets(view: View) -> Octets:
    # A lone surrogate becomes one "?" so that character counts stay equal.
    octets = view.text.encode("utf-8", "replace")
    return Octets(view, octets, len(octets) == len(view.text))


def read(text: str) -> Reading:
    """All views of a text. Cost is linear in its length; each view is at most a small multiple of the
    text.
    """
    canonical = canonical_view(raw_view(text))
    decoded = decoded_view(canonical)
    plain = [_octets(canonical)]
    if decoded is not canonical:
        plain.append(_octets(decoded))
    plain += [_octets(view) for view in cipher_views(decoded, plain[-1].octets)]
    joined = joined_views(decoded, plain[1 if decoded is not canonical else 0].octets)
    return Reading(text, tuple(plain), tuple(_octets(view) for view in joined))
