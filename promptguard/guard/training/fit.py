"""Fitting the linear model: windows of rows, sources weighted against each other, a seeded logistic
regression.

scikit-learn is needed here and nowhere else; it is imported when a fit begins.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptguard.guard.engine.detectors.injection.scanner import combined_score, scan_rules
from promptguard.guard.engine.model.features import DIMENSIONS, hashed_features
from promptguard.guard.engine.model.linear import InjectionModel
from promptguard.guard.engine.model.windows import windows
from promptguard.guard.engine.views import read
from promptguard.guard.training.datasets import DOCUMENT_LIKE, HARD_BENIGN, INDIRECT, SYSTEM_PROMPTS, Row

_WINDOWS_PER_ROW = 4
_BLATANT = frozenset({"prompt_injection"})


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Everything besides the rows that decides the weights.

    Attributes:
        penalty: L2 strength of the regression; higher is smoother.
        hard_benign_weight: how much more a hard benign row counts than an ordinary one.
        benign_share: total weight of benign rows against attacks.
    """

    seed: int = 20_261_123
    penalty: float = 2e-6
    epochs: int = 12
    hard_benign_weight: float = 3.0
    benign_share: float = 2.0


def model_text(text: str) -> str:
    """What the model reads: the last plain view, in which characters and encodings are no longer
    disguised.
    """
    reading = read(text)
    opened = [octets for octets in reading.plain if octets.view.name != "cipher"]
    return opened[-1].view.text


def for_channel(rows: Sequence[Row], indirect: bool) -> list[Row]:
    """The rows one model learns from: what is a request in a message is an attack in a document.

    The model for documents also learns direct attacks; the one for messages never sees documents'
    imperatives.
    """
    if indirect:
        return [
            row
            for row in rows
            if row.is_indirect or row.category in DOCUMENT_LIKE or row.category in _BLATANT
        ]
    return [
        row for row in rows if row.category != "indirect_injection" and row.category not in SYSTEM_PROMPTS
    ]


def _row_windows(row: Row, chance: random.Random) -> Iterator[str]:
    pieces = list(windows(model_text(row.text)))
    if len(pieces) <= 1:
        yield from pieces
    elif row.label and row.category in INDIRECT:
        # Only a part of a poisoned document attacks: the window that rules point at, or else the first.
        yield max(pieces, key=_rule_score)
    else:
        yield from chance.sample(pieces, min(_WINDOWS_PER_ROW, len(pieces)))


def _rule_score(text: str) -> float:
    from promptguard.guard.engine.content import Origin

    return combined_score(scan_rules(read(text), Origin.TOOL_RESULT, False))


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows as sparse features, with labels, weights and the index of the row each window came from."""

    features: Any
    labels: NDArray[np.int8]
    rows: NDArray[np.int64]


def vectorise(rows: Sequence[Row], seed: int) -> Matrix:
    """Windows of all rows as a sparse matrix."""
    from scipy.sparse import csr_matrix

    chance = random.Random(seed)  # noqa: S311 — reproducible sampling, not a secret
    columns, values, ends, labels, origins = [], [], [0], [], []
    for number, row in enumerate(rows):
        for window in _row_windows(row, chance):
            indices, weights = hashed_features(window)
            columns.append(indices)
            values.append(weights)
            ends.append(ends[-1] + indices.size)
            labels.append(row.label)
            origins.append(number)
    features = csr_matrix(
        (np.concatenate(values), np.concatenate(columns), np.array(ends)), shape=(len(labels), DIMENSIONS)
    )
    features.sum_duplicates()
    return Matrix(features, np.array(labels, np.int8), np.array(origins, np.int64))


def row_weights(rows: Sequence[Row], settings: FitSettings) -> NDArray[np.float64]:
    """A weight for each row: large sources count by the root of their size, hard benign rows more."""
    sizes = Counter((row.source, row.label) for row in rows)
    weights = np.array([sizes[row.source, row.label] ** -0.5 for row in rows])
    weights *= np.array([settings.hard_benign_weight if row.category in HARD_BENIGN else 1.0 for row in rows])
    labels = np.array([row.label for row in rows])
    for label, share in ((0, settings.benign_share), (1, 1.0)):
        chosen = labels == label
        weights[chosen] *= share * len(rows) / (1 + settings.benign_share) / max(weights[chosen].sum(), 1e-9)
    return weights


def fit(rows: Sequence[Row], settings: FitSettings, matrix: Matrix | None = None) -> InjectionModel:
    """Train on rows; the same rows and settings give the same weights."""
    from sklearn.linear_model import SGDClassifier

    matrix = vectorise(rows, settings.seed) if matrix is None else matrix
    per_row = row_weights(rows, settings)
    pieces = Counter(matrix.rows.tolist())
    weights = np.array([per_row[row] / pieces[row] for row in matrix.rows.tolist()])
    regression = SGDClassifier(
        loss="log_loss",
        alpha=settings.penalty,
        max_iter=settings.epochs,
        tol=None,
        average=True,
        random_state=settings.seed,
    )
    regression.fit(matrix.features, matrix.labels, sample_weight=weights)
    learnt = regression.coef_[0].astype(np.float16)
    bias = float(regression.intercept_[0])
    return InjectionModel(learnt, bias, 1.0, 0.0, 0.0, _version(learnt))


def _version(weights: NDArray[np.float16]) -> str:
    return hashlib.sha256(weights.tobytes()).hexdigest()[:12]
