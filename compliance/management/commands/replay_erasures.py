"""Erase once more everybody whom a restored backup has brought back, by the ledger outside of the database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.ledger import BrokenLedger, erasures, returned
from compliance import erasure, services, working
from compliance.models import PrivacyRequest


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only say which erasures the backup has undone"
        )
        parser.add_argument("--json", action="store_true", help="answer with one JSON object, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            known = erasures()
        except (BrokenLedger, OSError) as error:
            raise CommandError(f"the ledger of erasures cannot be believed: {error}") from error
        undone, repeated = returned(known), {}
        for each in () if options["dry_run"] else undone:
            request = services.repeat_erasure(user_id=each.user_id, request_id=each.request_id)
            repeated[str(each.request_id)] = self._state(request)
            self.stderr.write(f"{len(repeated)}/{len(undone)} erasures repeated")
        told = {
            "known": len(known),
            "undone": [str(each.request_id) for each in undone],
            "repeated": repeated,
        }
        sentence = f"{len(known)} erasures on the ledger, {len(undone)} undone, {len(repeated)} repeated"
        self.stdout.write(json.dumps(told, indent=2) if options["json"] else sentence)
        if set(repeated.values()) - {"done"}:
            raise CommandError("not every erasure could be repeated yet: run it again")

    def _state(self, request: PrivacyRequest) -> str:
        try:
            return working.work_on(request.id).state
        except erasure.Waiting:
            return "waiting"
