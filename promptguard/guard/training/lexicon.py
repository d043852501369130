"""The word list that tells words run together apart: counted in the training rows, no sentence can be read from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from promptguard.guard.training.datasets import OWN_PREFIX, Row

MOST_WORDS = 12_000
_LONGEST = 18
_FEWEST_ROWS, _FEWEST_SOURCES = 4, 3
_WORD = re.compile(r"(?<![^\W])[a-z]+(?![^\W])")
# Other lone letters are pieces of something else.
_LONE = frozenset({"a", "i"})


def common_words(rows: Sequence[Row]) -> list[str]:
    """English words in falling order of how many rows use them; words of few sources are left out."""
    counts: Counter[str] = Counter()
    sources: dict[str, set[str]] = {}
    for row in rows:
        if row.language != "en":
            continue
        for word in set(_WORD.findall(row.text.lower())):
            counts[word] += 1
            sources.setdefault(word, set()).add(row.source)
    # What we wrote ourselves is no third source, but its words are chosen.
    kept = [
        word
        for word, rows_with_it in counts.items()
        if rows_with_it >= _FEWEST_ROWS
        and (len(sources[word]) >= _FEWEST_SOURCES or any(map(_is_ours, sources[word])))
        and len(word) <= _LONGEST
        and (len(word) > 1 or word in _LONE)
    ]
    return sorted(kept, key=lambda word: (-counts[word], word))[:MOST_WORDS]


def _is_ours(source: str) -> bool:
    return source.startswith(OWN_PREFIX) and ":" not in source
