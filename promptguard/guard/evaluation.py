"""How well a policy judges labelled texts: per source, with calibration and latency, as numbers."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from promptguard.guard.engine import Content, ContentTooLarge, Decision, Message, Policy, Status, evaluate
from promptguard.guard.training.datasets import Row

BINS = 10
# What this evaluation counts as an answer to an attack; redacted personal data is none.
ATTACK_FREE = frozenset({"pii_leak", "api_key_leak", "secret_key_leak"})


@dataclass
class SourceResult:
    """Counts of one source and label. `too_large` texts are in no other count."""

    rows: int = 0
    blocked: int = 0
    warned: int = 0
    too_large: int = 0

    @property
    def share(self) -> float:
        return self.blocked / self.rows if self.rows else 0.0


@dataclass
class Evaluation:
    """What `measure` counted."""

    sources: dict[tuple[int, str], SourceResult] = field(default_factory=lambda: defaultdict(SourceResult))
    bins: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(BINS)])
    microseconds_per_kb: list[float] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        """The whole report as JSON can hold it."""
        attacks = [result.share for (label, _), result in self.sources.items() if label and result.rows]
        benign = [result for (label, _), result in self.sources.items() if not label]
        total = sum(result.rows for result in benign)
        return {
            "macro_recall": round(sum(attacks) / len(attacks), 4) if attacks else None,
            "false_positive_rate": round(sum(r.blocked for r in benign) / total, 4) if total else None,
            "sources": [_source_body(label, name, result) for (label, name), result in self._ordered()],
            "calibration": [_bin_body(index, counts) for index, counts in enumerate(self.bins)],
            "latency_us_per_kb": _latency(self.microseconds_per_kb),
        }

    def _ordered(self) -> list[tuple[tuple[int, str], SourceResult]]:
        return sorted(self.sources.items(), key=lambda item: (-item[0][0], item[0][1]))


def _source_body(label: int, name: str, result: SourceResult) -> dict[str, Any]:
    return {
        "source": name,
        "label": "attack" if label else "benign",
        "rows": result.rows,
        "blocked": result.blocked,
        "share_blocked": round(result.share, 4),
        "warned": result.warned,
        "too_large": result.too_large,
    }


def _bin_body(index: int, counts: Sequence[int]) -> dict[str, Any]:
    rows, attacks = counts
    return {
        "from": index / BINS,
        "to": (index + 1) / BINS,
        "rows": rows,
        "share_of_attacks": round(attacks / rows, 4) if rows else None,
    }


def _latency(values: Sequence[float]) -> Mapping[str, float]:
    if len(values) < 2:
        return {}
    cuts = quantiles(values, n=100)
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)}


def measure(rows: Iterable[Row], policy: Policy) -> Evaluation:
    """Judge every row once; nothing is stored."""
    evaluation = Evaluation()
    for row in rows:
        result = evaluation.sources[row.label, row.source]
        started = time.perf_counter()
        try:
            verdict = evaluate(_content(row), policy)
        except ContentTooLarge:
            result.too_large += 1
            continue
        seconds = time.perf_counter() - started
        found = [
            each
            for each in verdict.findings
            if each.status is Status.ACTIVE and each.threat_type not in ATTACK_FREE
        ]
        result.rows += 1
        result.blocked += verdict.decision is Decision.BLOCK
        result.warned += verdict.decision is not Decision.BLOCK and bool(found)
        score = max((each.score for each in found), default=0.0)
        bin_ = evaluation.bins[min(int(score * BINS), BINS - 1)]
        bin_[0] += 1
        bin_[1] += row.label
        evaluation.microseconds_per_kb.append(
            seconds * 1e6 / max(1.0, len(row.text.encode("utf-8", "replace")) / 1024)
        )
    return evaluation


def _content(row: Row) -> Content:
    """A row in the place where such text arrives: a document or tool result, else the user's message."""
    if row.is_indirect:
        return Content((Message("user", "What does it say?"), Message("tool", row.text)))
    return Content((Message("user", row.text),))
