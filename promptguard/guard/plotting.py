"""An evaluation as pictures. matplotlib is optional: only `evaluate_guard --plot` comes here."""

from pathlib import Path
from typing import Any

import matplotlib  # noqa: ICN001  the backend is chosen before pyplot is loaded

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write the shares blocked by source, and the calibration; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_sources(report, folder / "sources.png"), _calibration(report, folder / "calibration.png")]


def _sources(report: dict[str, Any], path: Path) -> Path:
    rows = report["sources"]
    figure, axes = plt.subplots(figsize=(8, 1 + 0.25 * len(rows)))
    colours = ["#2563eb" if row["label"] == "attack" else "#dc2626" for row in rows]
    axes.barh(
        [f"{row['source']} ({row['label']})" for row in rows],
        [r["share_blocked"] for r in rows],
        color=colours,
    )
    axes.set_xlabel("share blocked")
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    return _save(figure, path)


def _calibration(report: dict[str, Any], path: Path) -> Path:
    bins = [each for each in report["calibration"] if each["rows"]]
    figure, axes = plt.subplots(figsize=(5, 5))
    middles = [(each["from"] + each["to"]) / 2 for each in bins]
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey")
    axes.plot(middles, [each["share_of_attacks"] for each in bins], marker="o")
    axes.set_xlabel("score")
    axes.set_ylabel("share of attacks")
    return _save(figure, path)


def _save(figure: Any, path: Path) -> Path:
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
    return path
