"""Source-held-out cross-validation: each source is judged by models that never saw it, together with
the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from promptguard.guard.engine.content import Origin
from promptguard.guard.engine.detectors.injection import combined_score, scan_rules
from promptguard.guard.engine.detectors.injection.learned import FEWEST_CHARS
from promptguard.guard.engine.model.linear import InjectionModel
from promptguard.guard.engine.views import read
from promptguard.guard.training.datasets import FOLDS, HARD_BENIGN, OWN_PREFIX, SYSTEM_PROMPTS, Row, fold_of
from promptguard.guard.training.fit import FitSettings, Matrix, fit, for_channel, vectorise

Scores = NDArray[np.float64]
BLOCK_THRESHOLD, WARN_THRESHOLD = 0.8, 0.5
_SLOPES = (0.6, 0.8, 1.0, 1.3, 1.6)
_CENTRES = tuple(number / 4 for number in range(-8, 17))
_GAINS = (0.0, 2.0, 4.0, 6.0, 8.0)


@dataclass(frozen=True, slots=True)
class Limits:
    """False alarms allowed when the calibration is chosen: stricter than the goals, to leave room for
    new text.

    Attributes:
        ordinary, hard: share of benign rows blocked at the default threshold.
        warned: share of ordinary benign rows that reach the default policy's warning.
    """

    ordinary: float = 0.0025
    hard: float = 0.02
    warned: float = 0.008


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of every real row by models that did not see its source.

    Attributes:
        excluded: sources that no model sees, the shipped ones included; they are judged and nothing more.
    """

    rows: tuple[Row, ...]
    rules: Scores
    excuses: Scores
    margins: Scores
    excluded: frozenset[str] = frozenset()

    def of(self, chosen: Sequence[int]) -> HeldOut:
        """Some of the rows."""
        rows = tuple(self.rows[number] for number in chosen)
        kept = np.asarray(chosen, dtype=np.int64)
        return replace(
            self, rows=rows, rules=self.rules[kept], excuses=self.excuses[kept], margins=self.margins[kept]
        )

    def fused(self, message: InjectionModel, document: InjectionModel) -> Scores:
        """Rules and evidence together, as the engine fuses them."""
        indirect = np.array([row.is_indirect for row in self.rows])
        slope = np.where(indirect, document.slope, message.slope)
        centre = np.where(indirect, document.centre, message.centre)
        gain = np.where(indirect, document.gain, message.gain)
        return fuse(self.rules, self.excuses, self.margins, slope, centre, gain)


def fuse(
    rules: Scores,
    excuses: Scores,
    margins: Scores,
    slope: Scores | float,
    centre: Scores | float,
    gain: Scores | float,
) -> Scores:
    """Noisy-or of the rules' score and the model's evidence, which what excuses every rule also weakens."""
    shifted = margins - centre + gain * rules
    evidence = excuses / (1.0 + np.exp(-np.clip(slope * shifted, -30, 30)))
    fused: Scores = 1.0 - (1.0 - rules) * (1.0 - evidence)
    return fused


def rule_scores(rows: Iterable[Row]) -> tuple[Scores, Scores]:
    """What the rules alone say of each row, and how far it is excused."""
    origins = {True: Origin.TOOL_RESULT, False: Origin.USER}
    hits = [scan_rules(read(row.text), origins[row.is_indirect], False) for row in rows]
    scores = np.array([combined_score(each) for each in hits])
    return scores, np.array([max((hit.excuse for hit in each), default=1.0) for each in hits])


def hold_out(
    rows: Sequence[Row], settings: dict[str, FitSettings], excluded: frozenset[str] = frozenset()
) -> HeldOut:
    """Train a model per fold and channel without the fold's sources, and score those sources with it.

    Rows of `excluded` sources are scored like the others of their fold, and trained on in none.
    """
    matrix = vectorise(rows, settings["message"].seed)
    folds = np.array([-1 if fold_of(row.source) is None else fold_of(row.source) for row in rows])
    allowed = np.array([row.source not in excluded for row in rows])
    margins = np.full(len(rows), -99.0)
    for fold in range(len(FOLDS)):
        for channel, is_document in (("message", False), ("document", True)):
            model = _fit_without(rows, allowed & (folds != fold), is_document, matrix, settings[channel])
            judged = np.array(
                [folds[i] == fold and rows[i].is_indirect == is_document for i in range(len(rows))]
            )
            _score(model, matrix, judged, margins)
    margins[[len(row.text.strip()) < FEWEST_CHARS for row in rows]] = -99.0
    real = [number for number, row in enumerate(rows) if not row.source.startswith(OWN_PREFIX)]
    kept = tuple(rows[number] for number in real)
    return HeldOut(kept, *rule_scores(kept), margins[real], excluded)


def _fit_without(
    rows: Sequence[Row], allowed: NDArray[np.bool_], is_document: bool, matrix: Matrix, settings: FitSettings
) -> InjectionModel:
    channel_rows = {id(row) for row in for_channel(rows, is_document)}
    keep = np.array([bool(allowed[number]) and id(row) in channel_rows for number, row in enumerate(rows)])
    return fit([row for row, kept in zip(rows, keep, strict=True) if kept], settings, submatrix(matrix, keep))


def submatrix(matrix: Matrix, keep: NDArray[np.bool_]) -> Matrix:
    """The windows of some rows, renumbered."""
    chosen = keep[matrix.rows]
    numbers = np.cumsum(keep) - 1
    return Matrix(matrix.features[chosen], matrix.labels[chosen], numbers[matrix.rows[chosen]])


def _score(model: InjectionModel, matrix: Matrix, judged: NDArray[np.bool_], margins: Scores) -> None:
    chosen = np.flatnonzero(judged[matrix.rows])
    if chosen.size:
        found = matrix.features[chosen] @ model.weights.astype(np.float32) + model.bias
        np.maximum.at(margins, matrix.rows[chosen], found)


def macro_recall(rows: Sequence[Row], blocked: NDArray[np.bool_]) -> float:
    """Mean over attack sources of the share that is blocked."""
    sources = sorted({row.source for row in rows if row.label})
    return float(
        np.mean(
            [
                np.mean(
                    [
                        hit
                        for row, hit in zip(rows, blocked, strict=True)
                        if row.label and row.source == source
                    ]
                )
                for source in sources
            ]
        )
    )


def false_alarms(rows: Sequence[Row], blocked: NDArray[np.bool_], hard: bool) -> float:
    """Share of benign rows blocked: hard ones, or ordinary ones. Authors' system prompts are not judged
    at all.
    """
    chosen = [
        bool(hit)
        for row, hit in zip(rows, blocked, strict=True)
        if not row.label and row.category not in SYSTEM_PROMPTS and (row.category in HARD_BENIGN) is hard
    ]
    return float(np.mean(chosen)) if chosen else 0.0


@dataclass(frozen=True, slots=True)
class _Share:
    """Which rows count towards which figure; built once for a grid of settings."""

    attacks: list[NDArray[np.bool_]]
    ordinary: NDArray[np.bool_]
    hard: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Share:
        sources = sorted({row.source for row in rows if row.label})
        judged = [not row.label and row.category not in SYSTEM_PROMPTS for row in rows]
        hard = np.array([row.category in HARD_BENIGN for row in rows])
        return cls(
            [np.array([bool(row.label) and row.source == source for row in rows]) for source in sources],
            np.array(judged) & ~hard,
            np.array(judged) & hard,
        )

    def keeps(self, scores: Scores, limits: Limits) -> bool:
        """Whether false alarms stay within the limits."""
        blocked = scores >= BLOCK_THRESHOLD
        return (
            _mean(blocked[self.ordinary]) <= limits.ordinary
            and _mean(blocked[self.hard]) <= limits.hard
            and _mean(scores[self.ordinary] >= WARN_THRESHOLD) <= limits.warned
        )

    def recall(self, scores: Scores) -> float:
        """Macro recall at the default threshold."""
        return float(np.mean([_mean(scores[attacks] >= BLOCK_THRESHOLD) for attacks in self.attacks]))


def _mean(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if hits.size else 0.0


def calibrate(model: InjectionModel, held_out: HeldOut, is_document: bool, limits: Limits) -> InjectionModel:
    """The slope, centre and gain with the highest held-out macro recall within the limits on false alarms.

    Excluded sources have no say in it, so what they show afterwards nobody has tuned for.

    Raises:
        ValueError: no setting stays within the limits.
    """
    ours = held_out.of(
        [
            number
            for number, row in enumerate(held_out.rows)
            if row.is_indirect is is_document and row.source not in held_out.excluded
        ]
    )
    share = _Share.of(ours.rows)
    best: tuple[float, float, float, float] | None = None
    for slope, centre, gain in product(_SLOPES, _CENTRES, _GAINS):
        scores = fuse(ours.rules, ours.excuses, ours.margins, slope, centre, gain)
        if share.keeps(scores, limits):
            best = max(best or (-1.0, 0.0, 0.0, 0.0), (share.recall(scores), centre, slope, -gain))
    if best is None:
        raise ValueError("no calibration keeps false alarms within the limits")
    return replace(model, slope=best[2], centre=best[1], gain=-best[3])
