"""Long text in overlapping windows, because an injection of one sentence drowns in a page."""

from __future__ import annotations

from collections.abc import Iterator

WINDOW_CHARS = 1_000
STRIDE_CHARS = 600
MAX_WINDOWS = 200
REACH_CHARS = (MAX_WINDOWS - 1) * STRIDE_CHARS + WINDOW_CHARS


def windows(text: str) -> Iterator[str]:
    """The text itself when it is short, else windows of 1000 characters every 600; the bound covers
    120,000.
    """
    if len(text) <= WINDOW_CHARS + STRIDE_CHARS // 2:
        yield text
        return
    for number, start in enumerate(range(0, len(text), STRIDE_CHARS)):
        if number == MAX_WINDOWS or (start and len(text) - start < WINDOW_CHARS - STRIDE_CHARS):
            return
        yield text[start : start + WINDOW_CHARS]
