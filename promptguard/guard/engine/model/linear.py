"""The linear models: one weight for each hashed feature, and a calibration that turns a margin into evidence.

Two of them, because what is a request in a message is an attack in a document.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from promptguard.guard.engine.model.features import hashed_features
from promptguard.guard.engine.model.windows import windows

WEIGHTS = Path(__file__).with_name("injection.npz")
CHANNELS = ("message", "document")


@dataclass(frozen=True, slots=True)
class InjectionModel:
    """A trained model.

    Attributes:
        weights: one per feature position, in half precision: the less of them, the more stays in the cache.
        bias: added to every margin.
        slope, centre, gain: evidence is the logistic function of slope * (margin - centre + gain * hint), where the
            hint is what the rules make of the same text; chosen on held-out sources so that 0.8, the default block
            threshold, keeps false alarms within their goal.
        version: hash of the weights.
    """

    weights: NDArray[np.float16]
    bias: float
    slope: float
    centre: float
    gain: float
    version: str

    def margin(self, text: str) -> float:
        """Signed distance from the border between benign and attack (log-odds) for one window."""
        indices, values = hashed_features(text)
        return (
            float(self.weights[indices].astype(np.float32) @ values) + self.bias
            if indices.size
            else self.bias
        )

    def highest_margin(self, text: str) -> float:
        """The margin of the most suspicious window."""
        return max(self.margin(window) for window in windows(text))

    def evidence(self, text: str, hint: float = 0.0) -> float:
        """How much the text looks like an attack, 0..1.

        Args:
            hint: the rules' score for the text, 0..1: a suspicion that two share weighs more than their sum.
        """
        scaled = self.slope * (self.highest_margin(text) - self.centre + self.gain * hint)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, scaled))))


@cache
def injection_models() -> Mapping[str, InjectionModel]:
    """The shipped models by channel; empty when the weights were not installed."""
    if not WEIGHTS.exists():
        return {}
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return {channel: _read(stored, channel) for channel in CHANNELS}


def _read(stored: Mapping[str, NDArray[np.generic]], channel: str) -> InjectionModel:
    bias, slope, centre, gain = (
        float(number) for number in np.asarray(stored[f"{channel}_numbers"], dtype=np.float64)
    )
    weights = np.asarray(stored[f"{channel}_weights"], dtype=np.float16)
    return InjectionModel(weights, bias, slope, centre, gain, str(stored[f"{channel}_version"]))


def save_models(models: Mapping[str, InjectionModel], path: Path) -> None:
    """Write models in half precision, compressed."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for channel, model in models.items():
        arrays[f"{channel}_weights"] = model.weights
        arrays[f"{channel}_numbers"] = np.array([model.bias, model.slope, model.centre, model.gain])
        arrays[f"{channel}_version"] = np.array(model.version)
    np.savez_compressed(path, allow_pickle=False, **arrays)


@cache
def model_version() -> str:
    """Version of the shipped weights and their calibration, or `none`; part of every policy version."""
    models = injection_models()
    parts = [f"{model.version}/{model.slope}/{model.centre}/{model.gain}" for model in models.values()]
    return "+".join(parts) or "none"
