"""Many linear-time patterns over one text: a literal filter picks the few that could match, RE2 finds
where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import re2


class Gate:
    """Which of many small patterns occur in a text, by one automaton in one pass.

    RE2 gives up, without an error, on an automaton that outgrows its memory: a last pattern that every text
    matches tells, and then all are let through.
    """

    __slots__ = ("_count", "_set")

    def __init__(self, patterns: Sequence[str]) -> None:
        """Compile.

        Raises:
            re2.error: a pattern is not valid RE2 syntax, or all together need too much memory.
        """
        options = re2.Options()
        options.max_mem = 32 << 20
        self._set = re2.Set.SearchSet(options)
        self._count = len(patterns)
        for pattern in (*patterns, ""):
            self._set.Add(pattern)
        self._set.Compile()

    def candidates(self, octets: bytes) -> list[int]:
        """Positions of the patterns that occur, ascending."""
        found = sorted(self._set.Match(octets))
        return found[:-1] if found[-1:] == [self._count] else list(range(self._count))


class PatternBank:
    """Compiled RE2 patterns addressed by position.

    RE2 never backtracks (Thompson 1968), so hostile text costs no more than prose. Patterns are strings;
    texts are UTF-8 octets, and spans are octet offsets.
    """

    __slots__ = ("_filter", "_filtered", "_gate", "_gated", "_groups", "_patterns")

    def __init__(self, patterns: Sequence[str], pieces: Mapping[int, str] | None = None) -> None:
        """Compile.

        Args:
            pieces: for some patterns, by position, a smaller one that matches wherever they do, and says sooner
                that there is nothing.

        Raises:
            re2.error: a pattern is not valid RE2 syntax.
        """
        options = re2.Options()
        options.max_mem = 32 << 20
        self._patterns = [re2.compile(pattern, options) for pattern in patterns]
        self._groups = [range(1, pattern.groups + 1) for pattern in self._patterns]
        # Literals and shapes in one automaton would make the product of their states: each kind has its own.
        shapes = _without_literals(pieces or {})
        self._gated = sorted(shapes)
        self._gate = Gate([shapes[position] for position in self._gated]) if shapes else None
        literals = dict(enumerate(patterns)) | dict(pieces or {})
        self._filtered = [position for position in literals if position not in shapes]
        self._filter = _filter([literals[position] for position in self._filtered])

    def candidates(self, octets: bytes) -> list[int]:
        """Positions of the patterns that can match at all, ascending."""
        found = [self._filtered[number] for number in self._filter.Match(octets, True) or ()]
        if self._gate is not None:
            found += [self._gated[number] for number in self._gate.candidates(octets)]
        return sorted(found)

    def spans(self, position: int, octets: bytes) -> Iterator[tuple[int, int]]:
        """Spans of the first group that took part in the match, else of the whole match."""
        groups = self._groups[position]
        for match in self._patterns[position].finditer(octets):
            span = match.span()
            for group in groups:
                taken = match.span(group)
                if taken[0] >= 0:
                    span = taken
                    break
            if span[0] < span[1]:
                yield span

    def first(self, position: int, octets: bytes) -> tuple[int, int] | None:
        """The leftmost span, or None."""
        return next(self.spans(position, octets), None)


def _filter(patterns: Iterable[str]) -> re2.Filter:
    made = re2.Filter()
    for pattern in patterns:
        made.Add(pattern)
    made.Compile()
    return made


def _without_literals(pieces: Mapping[int, str]) -> Mapping[int, str]:
    """The pieces that a filter by literals lets through for every text."""
    positions = list(pieces)
    always = _filter(pieces.values()).Match(b"", True) if pieces else None
    return {positions[number]: pieces[positions[number]] for number in always or ()}
