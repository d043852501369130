"""`train_guard`: train the injection models anew and write their weights and model card."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Train the guard's models on labelled texts (JSON Lines); the same rows give the same weights."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="a .jsonl or .jsonl.gz file")
        parser.add_argument(
            "--exclude",
            action="extend",
            type=lambda names: names.split(","),
            default=[],
            help="sources to judge and not to learn from, with commas between them",
        )
        parser.add_argument(
            "--weights", type=Path, help="where to write the weights; default: the engine's own"
        )
        parser.add_argument(
            "--words", type=Path, help="where to write the word list; default: the engine's own"
        )
        parser.add_argument(
            "--card", type=Path, help="where to write the model card; default: beside the weights"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from promptguard.guard.engine.model.linear import WEIGHTS
            from promptguard.guard.engine.views.lexicon import WORDS
            from promptguard.guard.training.card import model_card
            from promptguard.guard.training.datasets import read_rows
            from promptguard.guard.training.train import ship, train
        except ImportError as error:
            raise CommandError("training needs the development packages (scikit-learn)") from error
        try:
            run = train(read_rows(options["data"]), options["exclude"])
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        weights = options["weights"] or WEIGHTS
        card = options["card"] or weights.parent / "MODEL_CARD.md"
        words = options["words"] or (WORDS if options["weights"] is None else weights.with_name("words.txt"))
        ship(run, weights, words)
        card.write_text(model_card(run))
        self.stdout.write(f"wrote {weights}, {words} and {card}")
