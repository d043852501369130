"""Many linear-time patterns over one text: a literal filter picks the few that could match, RE2 finds
where.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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

    __slots__ = ("_filter", "_gate", "_groups", "_patterns")

    def __init__(self, patterns: Sequence[str], gate: Gate | None = None) -> None:
        """Compile.

        Args:
            gate: asked instead of the filter by literals; each of its patterns matches what the one at the same
                position here does.

        Raises:
            re2.error: a pattern is not valid RE2 syntax.
        """
        options = re2.Options()
        options.max_mem = 32 << 20
        self._gate = gate
        self._patterns = [re2.compile(pattern, options) for pattern in patterns]
        self._groups = [range(1, pattern.groups + 1) for pattern in self._patterns]
        self._filter = re2.Filter()
        for pattern in () if gate else patterns:
            self._filter.Add(pattern)
        if patterns and not gate:
            self._filter.Compile()

    def candidates(self, octets: bytes) -> list[int]:
        """Positions of the patterns that can match at all, ascending."""
        if self._gate is not None:
            return self._gate.candidates(octets)
        if not self._patterns:
            return []
        # The filter answers None when it cannot say, as when no pattern has a literal: then every pattern
        # runs.
        found = self._filter.Match(octets, True)
        return list(range(len(self._patterns))) if found is None else sorted(found)

    def spans(self, position: int, octets: bytes) -> Iterator[tuple[int, int]]:
        """Spans of the first group that took part in the match, else of the whole match."""
        pattern, groups = self._patterns[position], self._groups[position]
        for match in pattern.finditer(octets):
            spans = (match.span(group) for group in groups)
            span: tuple[int, int] = next((found for found in spans if found[0] >= 0), match.span())
            if span[0] < span[1]:
                yield span

    def first(self, position: int, octets: bytes) -> tuple[int, int] | None:
        """The leftmost span, or None."""
        return next(self.spans(position, octets), None)
