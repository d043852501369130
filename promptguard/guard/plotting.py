"""An evaluation as pictures. matplotlib is optional: only `evaluate_guard --plot` comes here."""

from pathlib import Path
from typing import Any

import matplotlib  # noqa: ICN001  the backend is chosen before pyplot is loaded

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.patches import Patch

_COLOURS = {"attack": "#2563eb", "benign": "#dc2626"}
_MEANINGS = {"attack": "attacks: long bars are good", "benign": "benign: any bar is a false alarm"}


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write the shares blocked by source, and the calibration; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_sources(report, folder / "sources.png"), _calibration(report, folder / "calibration.png")]


def _sources(report: dict[str, Any], path: Path) -> Path:
    rows = sorted(report["sources"], key=lambda row: (row["label"], -row["share_blocked"]))
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.28 * len(rows)))
    shares = [100 * row["share_blocked"] for row in rows]
    bars = axes.barh(
        [f"{row['source']} ({row['rows']:,})" for row in rows],
        shares,
        color=[_COLOURS[row["label"]] for row in rows],
    )
    axes.bar_label(bars, labels=[f"{share:.1f} %" for share in shares], padding=3, fontsize=8)
    axes.legend(handles=[Patch(color=colour, label=_MEANINGS[label]) for label, colour in _COLOURS.items()])
    recall, alarms = report["macro_recall"], report["false_positive_rate"]
    told = [f"macro recall {recall:.1%}"] if recall is not None else []
    told += [f"benign texts blocked {alarms:.2%}"] if alarms is not None else []
    axes.set_title("Share of each source that is blocked: " + ", ".join(told), fontsize=10)
    axes.set_xlabel("blocked, per cent of the source's rows (number of rows in brackets)")
    axes.set_xlim(0, 110)
    axes.invert_yaxis()
    return _save(figure, path)


def _calibration(report: dict[str, Any], path: Path) -> Path:
    bins = [each for each in report["calibration"] if each["rows"]]
    figure, axes = plt.subplots(figsize=(7, 5))
    middles = [(each["from"] + each["to"]) / 2 for each in bins]
    shares = [each["share_of_attacks"] for each in bins]
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey", label="score equal to the share of attacks")
    axes.plot(middles, shares, marker="o", color=_COLOURS["attack"], label="measured")
    for middle, share, each in zip(middles, shares, bins, strict=True):
        axes.annotate(f"{each['rows']:,}", (middle, share), (4, 6), textcoords="offset points", fontsize=8)
    axes.set_title(
        "Of the texts with a score, how many are attacks (number of texts at each point)", fontsize=10
    )
    axes.set_xlabel("score, the highest of a text's findings")
    axes.set_ylabel("share of attacks")
    axes.legend(loc="lower right")
    return _save(figure, path)


def _save(figure: Any, path: Path) -> Path:
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path
