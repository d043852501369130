"""The whole training run: own rows added, held-out scores, final fit, calibration, weights and card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from promptguard.guard.engine.model.linear import WEIGHTS, InjectionModel, save_models
from promptguard.guard.training.crossvalidate import HeldOut, Limits, calibrate, hold_out
from promptguard.guard.training.datasets import Row
from promptguard.guard.training.fit import FitSettings, fit, for_channel
from promptguard.guard.training.synthetic import synthetic_rows

SETTINGS = {"message": FitSettings(penalty=8e-6), "document": FitSettings(penalty=5e-5)}
_CARRIERS = frozenset({"benign_doc", "benign_tool"})


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """The models by channel and the held-out scores they were calibrated on."""

    models: dict[str, InjectionModel]
    held_out: HeldOut
    trained_on: tuple[str, ...]


def train(rows: Sequence[Row], limits: Limits | None = None) -> TrainingRun:
    """Train both models; the same rows give the same weights.

    Args:
        rows: public rows, as `read_rows` returns them; our own are added here.
    """
    carriers = [row for row in rows if row.category in _CARRIERS]
    everything = [*rows, *synthetic_rows(SETTINGS["message"].seed, carriers)]
    held_out = hold_out(everything, SETTINGS)
    models = {}
    for channel, is_document in (("message", False), ("document", True)):
        model = fit(for_channel(everything, is_document), SETTINGS[channel])
        models[channel] = calibrate(model, held_out, is_document, limits or Limits())
    return TrainingRun(models, held_out, tuple(sorted({row.source for row in rows})))


def ship(run: TrainingRun, path: Path = WEIGHTS) -> None:
    """Write the weights where the engine reads them."""
    save_models(run.models, path)
