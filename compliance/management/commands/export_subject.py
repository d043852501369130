"""Write everything about one person into a ZIP: the answer to a request that came by letter."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import export
from compliance.holdings import subject_of
from organizations.models import User


class Command(BaseCommand):
    help = "Export everything about one person (GDPR Art. 15)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--output", type=Path, default=Path("subject-export.zip"))
        parser.add_argument("--dry-run", action="store_true", help="only say how many rows there are")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError("nobody has an account with this address")
        subject = subject_of(user)
        if options["dry_run"]:
            self.stdout.write(f"{export.size(subject)} rows")
            return
        partial = options["output"].with_suffix(".partial")
        partial.touch(mode=0o600)
        count = export.write_package(subject, partial)
        partial.replace(options["output"])
        self.stdout.write(f"{count} rows written to {options['output']}")
