"""Source-held-out cross-validation: each source is judged by models that never saw it, together with
the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from promptguard.guard.engine.content import Origin
from promptguard.guard.engine.detectors.injection import combined_score, scan_rules
from promptguard.guard.engine.model.linear import InjectionModel
from promptguard.guard.engine.views import read
from promptguard.guard.training.datasets import FOLDS, HARD_BENIGN, OWN_PREFIX, SYSTEM_PROMPTS, Row, fold_of
from promptguard.guard.training.fit import FitSettings, Matrix, fit, for_channel, vectorise

Scores = NDArray[np.float64]
BLOCK_THRESHOLD = 0.8
_SLOPES = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
_CENTRES = tuple(number / 4 for number in range(25))


@dataclass(frozen=True, slots=True)
class Limits:
    """False alarms allowed when the calibration is chosen: stricter than the goals, to leave room for
    new text.
    """

    ordinary: float = 0.004
    hard: float = 0.03


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of every real row by models that did not see its source."""

    rows: tuple[Row, ...]
    rules: Scores
    excuses: Scores
    margins: Scores

    def fused(self, message: InjectionModel, document: InjectionModel) -> Scores:
        """Rules and evidence together, as the engine fuses them."""
        indirect = np.array([row.is_indirect for row in self.rows])
        slope = np.where(indirect, document.slope, message.slope)
        centre = np.where(indirect, document.centre, message.centre)
        return fuse(self.rules, self.excuses, self.margins, slope, centre)


def fuse(
    rules: Scores, excuses: Scores, margins: Scores, slope: Scores | float, centre: Scores | float
) -> Scores:
    """Noisy-or of the rules' score and the model's evidence, which what excuses every rule also weakens."""
    evidence = excuses / (1.0 + np.exp(-np.clip(slope * (margins - centre), -30, 30)))
    fused: Scores = 1.0 - (1.0 - rules) * (1.0 - evidence)
    return fused


def rule_scores(rows: Iterable[Row]) -> tuple[Scores, Scores]:
    """What the rules alone say of each row, and how far it is excused."""
    origins = {True: Origin.TOOL_RESULT, False: Origin.USER}
    hits = [scan_rules(read(row.text), origins[row.is_indirect], False) for row in rows]
    scores = np.array([combined_score(each) for each in hits])
    return scores, np.array([max((hit.excuse for hit in each), default=1.0) for each in hits])


def hold_out(rows: Sequence[Row], settings: dict[str, FitSettings]) -> HeldOut:
    """Train a model per fold and channel without the fold's sources, and score those sources with it."""
    matrix = vectorise(rows, settings["message"].seed)
    folds = np.array([-1 if fold_of(row.source) is None else fold_of(row.source) for row in rows])
    margins = np.full(len(rows), -99.0)
    for fold in range(len(FOLDS)):
        for channel, is_document in (("message", False), ("document", True)):
            model = _fit_without(rows, folds != fold, is_document, matrix, settings[channel])
            judged = np.array(
                [folds[i] == fold and rows[i].is_indirect == is_document for i in range(len(rows))]
            )
            _score(model, matrix, judged, margins)
    real = [number for number, row in enumerate(rows) if not row.source.startswith(OWN_PREFIX)]
    kept = tuple(rows[number] for number in real)
    return HeldOut(kept, *rule_scores(kept), margins[real])


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
        found = matrix.features[chosen] @ model.weights + model.bias
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


def calibrate(model: InjectionModel, held_out: HeldOut, is_document: bool, limits: Limits) -> InjectionModel:
    """The slope and centre with the highest held-out macro recall within the limits on false alarms.

    Raises:
        ValueError: no setting stays within the limits.
    """
    chosen = [number for number, row in enumerate(held_out.rows) if row.is_indirect is is_document]
    rows = [held_out.rows[number] for number in chosen]
    rules, excuses, margins = (part[chosen] for part in (held_out.rules, held_out.excuses, held_out.margins))
    best: tuple[float, float, float] | None = None
    for slope in _SLOPES:
        for centre in _CENTRES:
            blocked = fuse(rules, excuses, margins, slope, centre) >= BLOCK_THRESHOLD
            if (
                false_alarms(rows, blocked, False) > limits.ordinary
                or false_alarms(rows, blocked, True) > limits.hard
            ):
                continue
            best = max(best or (-1.0, 0.0, 0.0), (macro_recall(rows, blocked), centre, slope))
    if best is None:
        raise ValueError("no calibration keeps false alarms within the limits")
    return replace(model, slope=best[2], centre=best[1])
