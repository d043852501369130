"""The linear model: one weight for each hashed feature, and a calibration that turns its margin into evidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from promptguard.guard.engine.model.features import hashed_features
from promptguard.guard.engine.model.windows import windows

_WEIGHTS = Path(__file__).with_name("injection.npz")


@dataclass(frozen=True, slots=True)
class InjectionModel:
    """A trained model.

    Attributes:
        weights: one per feature position; read as 32-bit floats.
        bias: added to every margin.
        version: names the training run; part of every policy version.
    """

    weights: NDArray[np.float32]
    bias: float
    version: str

    def margin(self, text: str) -> float:
        """Signed distance from the border between benign and attack (log-odds) for one window."""
        indices, values = hashed_features(text)
        return float(self.weights[indices] @ values) + self.bias if indices.size else self.bias

    def highest_margin(self, text: str) -> tuple[float, int]:
        """The margin of the most suspicious window, and how many windows were read."""
        margins = [self.margin(window) for window in windows(text)]
        return max(margins), len(margins)


@cache
def injection_model() -> InjectionModel | None:
    """The shipped model, or None when its weights were not installed."""
    if not _WEIGHTS.exists():
        return None
    with np.load(_WEIGHTS, allow_pickle=False) as stored:
        return InjectionModel(
            stored["weights"].astype(np.float32), float(stored["bias"]), str(stored["version"])
        )


def model_version() -> str:
    """Version of the shipped weights, or `none`."""
    model = injection_model()
    return model.version if model else "none"
