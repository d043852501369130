"""The whole training run: own rows added, held-out scores, final fit, calibration, weights and card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from promptguard.guard.engine.model.linear import WEIGHTS, InjectionModel, save_models
from promptguard.guard.engine.views.lexicon import WORDS
from promptguard.guard.training.crossvalidate import HeldOut, Limits, calibrate, hold_out
from promptguard.guard.training.datasets import Row
from promptguard.guard.training.fit import FitSettings, fit, for_channel
from promptguard.guard.training.lexicon import common_words
from promptguard.guard.training.synthetic import synthetic_rows

SETTINGS = {"message": FitSettings(penalty=8e-6, benign_share=3.0), "document": FitSettings(penalty=5e-5)}
_CARRIERS = frozenset({"benign_doc", "benign_tool"})


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """The models by channel, the word list, and the held-out scores the models were calibrated on."""

    models: dict[str, InjectionModel]
    words: list[str]
    held_out: HeldOut
    trained_on: tuple[str, ...]


def train(rows: Sequence[Row], exclude: Iterable[str] = (), limits: Limits | None = None) -> TrainingRun:
    """Train both models; the same rows give the same weights.

    Args:
        rows: public rows, as `read_rows` returns them; our own are added here.
        exclude: sources to judge and not to learn from, for instance those without a stated licence.
    """
    excluded = frozenset(exclude)
    allowed = [row for row in rows if row.source not in excluded]
    carriers = [row for row in allowed if row.category in _CARRIERS]
    own = synthetic_rows(SETTINGS["message"].seed, carriers)
    held_out = hold_out([*rows, *own], SETTINGS, excluded)
    models = {}
    for channel, is_document in (("message", False), ("document", True)):
        model = fit(for_channel([*allowed, *own], is_document), SETTINGS[channel])
        models[channel] = calibrate(model, held_out, is_document, limits or Limits())
    trained_on = tuple(sorted({row.source for row in allowed}))
    return TrainingRun(models, common_words([*allowed, *own]), held_out, trained_on)


def ship(run: TrainingRun, weights: Path = WEIGHTS, words: Path = WORDS) -> None:
    """Write weights and words where the engine reads them."""
    save_models(run.models, weights)
    words.write_text("\n".join(run.words) + "\n", encoding="ascii")
