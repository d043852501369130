"""Many linear-time patterns over one text: a literal filter picks the few that could match, RE2 finds
where.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import re2


class PatternBank:
    """Compiled RE2 patterns addressed by position.

    RE2 never backtracks (Thompson 1968), so hostile text costs no more than prose. Patterns are strings;
    texts are UTF-8 octets, and spans are octet offsets.
    """

    __slots__ = ("_filter", "_patterns", "_unfiltered")

    def __init__(self, patterns: Sequence[str]) -> None:
        """Compile.

        Raises:
            re2.error: a pattern is not valid RE2 syntax.
        """
        options = re2.Options()
        options.max_mem = 32 << 20
        self._patterns = [re2.compile(pattern, options) for pattern in patterns]
        self._filter = re2.Filter()
        for pattern in patterns:
            self._filter.Add(pattern)
        if patterns:
            self._filter.Compile()

    def candidates(self, octets: bytes) -> list[int]:
        """Positions of the patterns whose required literals occur."""
        if not self._patterns:
            return []
        # The filter answers None when it cannot say, as when no pattern has a literal: then every pattern
        # runs.
        found = self._filter.Match(octets, True)
        return list(range(len(self._patterns))) if found is None else sorted(found)

    def spans(self, position: int, octets: bytes) -> Iterator[tuple[int, int]]:
        """Spans of group 1 where the pattern has one, else of the whole match."""
        pattern = self._patterns[position]
        group = 1 if pattern.groups else 0
        for match in pattern.finditer(octets):
            span: tuple[int, int] = match.span(group)
            if span[0] < span[1]:
                yield span

    def first(self, position: int, octets: bytes) -> tuple[int, int] | None:
        """The leftmost span, or None."""
        return next(self.spans(position, octets), None)
