"""Text that was rewritten, with an exact way back: every position of a view maps to a stretch of its
parent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from operator import add
from typing import NamedTuple


class Edit(NamedTuple):
    """Replacement of `parent[start:end]` by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a raw text.

    Attributes:
        name: which rewriting produced it (`raw`, `canonical`, `decoded`, `joined`, `cipher`).
        parent: the text it was rewritten from; None for the raw text itself.
    """

    name: str
    text: str
    parent: View | None = None
    _edits: tuple[Edit, ...] = field(default=(), repr=False)
    _edit_starts: tuple[int, ...] = field(default=(), repr=False)
    _shifts: tuple[int, ...] = field(default=(), repr=False)
    is_reversed: bool = False

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span in the raw text that produced `self.text[start:end]`; needs start < end."""
        return self._span_in(None, start, end)

    def is_kept(self, start: int, end: int, ancestor: View) -> bool:
        """Whether `self.text[start:end]` stood in this ancestor as it is."""
        if self is ancestor:
            return True
        low, high = self._span_in(ancestor, start, end)
        return ancestor.text[low:high] == self.text[start:end]

    def _span_in(self, ancestor: View | None, start: int, end: int) -> tuple[int, int]:
        view, low, high = self, start, end
        while view.parent is not None and view is not ancestor:
            if view.is_reversed:
                low, high = len(view.text) - high, len(view.text) - low
            else:
                low, high = view._parent_start(low), view._parent_end(high - 1)
            view = view.parent
        # A span of nothing but inserted characters has no extent in the raw text.
        return min(low, high), max(low, high)

    def _parent_start(self, position: int) -> int:
        index = bisect_right(self._edit_starts, position) - 1
        if index < 0:
            return position
        edit = self._edits[index]
        offset = position - self._edit_starts[index]
        return edit.start if offset < len(edit.text) else position - self._shifts[index]

    def _parent_end(self, position: int) -> int:
        index = bisect_right(self._edit_starts, position) - 1
        if index < 0:
            return position + 1
        edit = self._edits[index]
        offset = position - self._edit_starts[index]
        return edit.end if offset < len(edit.text) else position - self._shifts[index] + 1


def raw_view(text: str) -> View:
    """The text as it arrived."""
    return View("raw", text)


def same_length_view(name: str, text: str, parent: View) -> View:
    """A view whose every character stands for the parent's character at the same position."""
    return View(name, text, parent)


def reversed_view(name: str, parent: View) -> View:
    """The parent read backwards."""
    return View(name, parent.text[::-1], parent, is_reversed=True)


def edited_view(name: str, parent: View, edits: Iterable[Edit], text: str | None = None) -> View:
    """Apply non-overlapping edits, sorted by start, to the parent.

    Args:
        text: the parent's text with all one-to-one rewritings done and the same length; by default the
            parent's own.
    """
    source = parent.text if text is None else text
    kept = tuple(edits)
    shifts = tuple(accumulate(len(edit.text) + edit.start - edit.end for edit in kept))
    starts = tuple(map(add, (edit.start for edit in kept), (0, *shifts)))
    gaps = map(slice, (0, *(edit.end for edit in kept)), (edit.start for edit in kept))
    pieces = [piece for gap, edit in zip(gaps, kept, strict=True) for piece in (source[gap], edit.text)]
    pieces.append(source[kept[-1].end :] if kept else source)
    return View(name, "".join(pieces), parent, kept, starts, shifts)
