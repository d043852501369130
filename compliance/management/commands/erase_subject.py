"""Erase one person, or only say what would go."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import erasure, services, working
from compliance.holdings import subject_of
from compliance.models import PrivacyRequest
from organizations.models import User
from promptguard.core.errors import DomainError


class Command(BaseCommand):
    help = "Erase one person (GDPR Art. 17) and write the signed certificate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="goes into the audit log; no names, please")
        parser.add_argument("--certificate", type=Path, default=Path("erasure-certificate.txt"))
        parser.add_argument("--dry-run", action="store_true", help="only say how many rows would go, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError("nobody has an account with this address")
        if options["dry_run"]:
            self.stdout.write(json.dumps(erasure.planned(subject_of(user)), indent=2))
            return
        try:
            request = services.erase_for_operator(user=user, reason=options["reason"])
            request = working.work_on(request.id, self._show)
        except (DomainError, erasure.Waiting) as error:
            raise CommandError(str(error)) from error
        if request.state != PrivacyRequest.State.DONE:
            raise CommandError(f"{request.state}: {request.explanation}")
        options["certificate"].write_text(request.certificate)
        self.stdout.write(f"erased; certificate in {options['certificate']}")

    def _show(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done}/{total} rows", ending="")
