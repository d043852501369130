"""What one evaluation may spend, counted and not timed, so that the same request ends the same way everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from promptguard.guard.engine.content import Segment
from promptguard.guard.engine.model.windows import REACH_CHARS
from promptguard.guard.engine.verdict import Unscanned

# A table of two thousand addresses is no message any more; each value costs some twenty microseconds.
MOST_HITS = 2_000

Hit = TypeVar("Hit")


@dataclass(slots=True)
class Budget:
    """Counters of one evaluation.

    Attributes:
        most_hits: how many hits each detector may report over all texts together.
        spent: hits by detector.
        exceeded: places where a detector stopped early: (detector, list of the request, index in it).
    """

    most_hits: int = MOST_HITS
    spent: Counter[str] = field(default_factory=Counter)
    exceeded: dict[tuple[str, str, int], None] = field(default_factory=dict)

    def within(self, detector: str, segment: Segment, hits: Iterable[Hit]) -> Iterator[Hit]:
        """The hits as long as the detector has some left; hits are best made one by one."""
        for hit in hits:
            if self.spent[detector] >= self.most_hits:
                self.exceeded[detector, segment.source, segment.index] = None
                return
            self.spent[detector] += 1
            yield hit

    def has_exceeded(self, detector: str, segment: Segment) -> bool:
        """Whether the detector stopped early in this string."""
        return (detector, segment.source, segment.index) in self.exceeded

    def model_read(self, segment: Segment) -> None:
        """Note what of a long text the model's windows do not reach."""
        if len(segment.text) > REACH_CHARS:
            self.exceeded["injection_model", segment.source, segment.index] = None

    def unscanned(self) -> Iterator[Unscanned]:
        """What was left out, as the answer reports it."""
        for detector, source, index in self.exceeded:
            yield Unscanned(index, "over_size_budget", f"{source}[{index}]: {detector} stopped at its limit")
