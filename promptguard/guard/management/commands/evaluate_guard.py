"""`evaluate_guard`: how the guard would do on labelled texts of one's own."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from promptguard.guard.engine import PolicyError, parse_preset
from promptguard.guard.evaluation import measure
from promptguard.guard.policies import preset


class Command(BaseCommand):
    help = (
        "Judge labelled texts (JSON Lines: text, label, source, category) and report recall and false alarms."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="a .jsonl or .jsonl.gz file")
        parser.add_argument("--preset", default="default:moderate", help="use_case:strictness")
        parser.add_argument("--json", action="store_true", help="the whole report as JSON")
        parser.add_argument(
            "--plot", type=Path, help="also write pictures into this folder (needs matplotlib)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from promptguard.guard.training.datasets import read_rows

        try:
            policy = preset(*parse_preset(options["preset"]))
            report = measure(read_rows(options["data"]), policy).body()
        except (PolicyError, ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        if options["plot"]:
            self._plot(report, options["plot"])
        self.stdout.write(json.dumps(report, indent=2) if options["json"] else table(report))

    def _plot(self, report: dict[str, Any], folder: Path) -> None:
        try:
            from promptguard.guard.plotting import draw
        except ImportError as error:
            raise CommandError("--plot needs the package matplotlib") from error
        for path in draw(report, folder):
            self.stderr.write(f"wrote {path}")


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    lines = [f"{'source':<32} {'label':<7} {'rows':>7} {'blocked':>8} {'warned':>7} {'too large':>9}"]
    lines += [
        f"{row['source'][:32]:<32} {row['label']:<7} {row['rows']:>7} {row['share_blocked']:>8.1%}"
        f" {row['warned']:>7} {row['too_large']:>9}"
        for row in report["sources"]
    ]
    lines += ["", f"{'score':<12} {'rows':>7} {'attacks':>8}"]
    lines += [
        f"{each['from']:.1f} to {each['to']:.1f}   {each['rows']:>7} {each['share_of_attacks'] or 0:>8.1%}"
        for each in report["calibration"]
    ]
    recall, alarms = report["macro_recall"], report["false_positive_rate"]
    lines += ["", f"macro recall over attack sources: {'-' if recall is None else f'{recall:.1%}'}"]
    lines += [f"benign texts blocked: {'-' if alarms is None else f'{alarms:.2%}'}"]
    latency = ", ".join(f"{name} {value:.0f}" for name, value in report["latency_us_per_kb"].items())
    return "\n".join([*lines, f"µs per KB: {latency or '-'}"])
