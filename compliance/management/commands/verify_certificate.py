"""Check a deletion certificate against the keys on record, or pinned ones, and against our own chains.

Exit codes: 0 genuine, 1 not genuine or contradicted by a chain, 2 genuine, but a chain can no longer confirm it.
"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.certificates import NotACertificate, strange_chains, verify

CONTRADICTED, UNCONFIRMED = 1, 2


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("certificate", type=Path)
        parser.add_argument(
            "--key", action="append", default=[], help="trust this public key (name+id+base64)"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = options["certificate"].read_text()
            facts = verify(text, options["key"])
            wrong, unknown = strange_chains(text)
        except (NotACertificate, OSError, ValueError) as error:
            raise CommandError(f"not genuine: {error}", returncode=CONTRADICTED) from error
        if options["json"]:
            findings = {"contradicted": wrong, "unconfirmed": unknown}
            self.stdout.write(json.dumps(facts | findings, indent=2))
        elif not wrong:
            self.stdout.write(f"genuine: request {facts['request'][0]}, completed {facts['completed'][0]}")
        if wrong:
            raise CommandError("our chain says otherwise: " + "; ".join(wrong), returncode=CONTRADICTED)
        if unknown:
            message = "signed by us, but these chains cannot confirm it any more: " + "; ".join(unknown)
            raise CommandError(message, returncode=UNCONFIRMED)
