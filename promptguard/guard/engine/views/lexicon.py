"""Which letters are words: a list of common English words by frequency, and the likeliest cut of words run together."""

from __future__ import annotations

from functools import cache
from math import log
from pathlib import Path

WORDS = Path(__file__).with_name("words.txt")
# What a letter outside of any word costs: more than the rarest word.
_STRANGE = 14.0
_MOST_STRANGE = 0.15
# Marks the beginning of a word that is none itself.
_PREFIX = -1.0


@cache
def _costs() -> dict[str, float]:
    """Cost of each word by Zipf's law, and the mark for each beginning of one."""
    words = WORDS.read_text(encoding="ascii").split()
    costs: dict[str, float] = {}
    for word in words:
        for end in range(1, len(word)):
            costs.setdefault(word[:end], _PREFIX)
    scale = log(max(len(words), 2))
    costs.update({word: log((rank + 1) * scale) for rank, word in enumerate(words)})
    return costs


def is_word(letters: str) -> bool:
    """Whether these lower-case letters are a common English word."""
    return _costs().get(letters, _PREFIX) != _PREFIX


def cut_words(letters: str) -> list[int] | None:
    """Offsets at which to cut lower-case letters into words (Viterbi over word frequencies); None for no language.

    Linear in the length: no word is longer than eighteen letters.
    """
    costs = _costs()
    size = len(letters)
    best = [0.0] + [float("inf")] * size
    came_from = [0] * (size + 1)
    for start in range(size):
        so_far = best[start]
        if so_far + _STRANGE < best[start + 1]:
            best[start + 1], came_from[start + 1] = so_far + _STRANGE, -1
        for end in range(start + 1, size + 1):
            cost = costs.get(letters[start:end])
            if cost is None:
                break
            if cost != _PREFIX and so_far + cost < best[end]:
                best[end], came_from[end] = so_far + cost, start
    return _traced(came_from)


def _traced(came_from: list[int]) -> list[int] | None:
    cuts: list[int] = []
    at, strange = len(came_from) - 1, 0
    while at > 0:
        is_strange = came_from[at] == -1
        strange += is_strange
        before = at - 1 if is_strange else came_from[at]
        # Letters outside of words stay together.
        if before and not (is_strange and came_from[before] == -1):
            cuts.append(before)
        at = before
    return cuts[::-1] if strange <= _MOST_STRANGE * (len(came_from) - 1) else None
