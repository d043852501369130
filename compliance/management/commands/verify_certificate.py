"""Check a deletion certificate against the keys on record, or pinned ones."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.certificates import NotACertificate, verify


class Command(BaseCommand):
    help = "Verify a signed deletion certificate; exit code 1 when it is not genuine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("certificate", type=Path)
        parser.add_argument(
            "--key", action="append", default=[], help="trust this public key (name+id+base64)"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            facts = verify(options["certificate"].read_text(), options["key"])
        except (NotACertificate, OSError, UnicodeDecodeError) as error:
            raise CommandError(f"not genuine: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(facts, indent=2))
            return
        self.stdout.write(f"genuine: request {facts['request'][0]}, completed {facts['completed'][0]}")
