"""Erase one person or one end user, or only say what would go."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from compliance import erasure, notices, services, working
from compliance.management.subject_command import SubjectCommand
from compliance.models import PrivacyRequest
from promptguard.core.errors import DomainError

PATIENCE_SECONDS = 30.0


class Command(SubjectCommand):
    help = "Erase one person or end user (GDPR Art. 17) and write the signed certificate."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="goes into the audit log; no names, please")
        parser.add_argument("--certificate", type=Path, default=Path("erasure-certificate.txt"))

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["email"] and not options["label"]:
            raise CommandError("an organization is erased as a whole when its days of grace are over")
        if options["dry_run"]:
            plan = erasure.planned(self.subject(options))
            lines = [f"{count:>10}  {name}" for name, count in plan.items()]
            self.tell(
                options, "\n".join([*lines, f"{sum(plan.values()):>10}  rows would go"]), would_erase=plan
            )
            return
        try:
            request = self._work_on(self._ask(options))
        except (DomainError, erasure.Waiting) as error:
            raise CommandError(str(error)) from error
        if request.state != PrivacyRequest.State.DONE:
            raise CommandError(f"{request.state}: {request.explanation}")
        options["certificate"].write_text(request.certificate)
        notices.tell_finished()
        self.tell(
            options,
            f"erased {request.processed} rows; certificate in {options['certificate']}",
            request=request.id,
            state=request.state,
            erased=request.counts,
            certificate=request.certificate,
        )

    def _ask(self, options: dict[str, Any]) -> PrivacyRequest:
        if end_user := self.end_user(options):
            return services.erase_end_user_for_operator(subject=end_user, reason=options["reason"])
        return services.erase_for_operator(user=self.account(options), reason=options["reason"])

    def _work_on(self, request: PrivacyRequest) -> PrivacyRequest:
        """A sequencer in another process needs a moment to seal the announcement."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return working.work_on(request.id, self.show_progress)
            except erasure.Waiting:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
