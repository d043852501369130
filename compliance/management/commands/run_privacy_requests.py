"""Go on with every request whose time has come, and remove packages whose week is over."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from compliance import erasure, notices, services, working
from compliance.models import PrivacyRequest


class Command(BaseCommand):
    help = "Work on open privacy requests; also done by the background workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say which requests are due")
        parser.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
        parser.add_argument("--retry-failed", action="store_true", help="give failed erasures another start")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            services.open_due_closings()
            if options["retry_failed"]:
                services.retry_failed()
        for request_id in working.due_requests(timezone.now()):
            request, waits = PrivacyRequest.objects.get(id=request_id), ""
            try:
                request = request if options["dry_run"] else working.work_on(request_id)
            except erasure.Waiting as waiting:
                waits = str(waiting)
            self._tell(options, request, waits)
        if not options["dry_run"]:
            notices.tell_finished()
            working.purge_packages(timezone.now())

    def _tell(self, options: dict[str, Any], request: PrivacyRequest, waits: str) -> None:
        explanation = waits or request.explanation
        told = {
            "request": str(request.id),
            "kind": request.kind,
            "scope": request.scope,
            "state": request.state,
        }
        if options["json"]:
            self.stdout.write(json.dumps(told | {"explanation": explanation, "rows": request.processed}))
        else:
            self.stdout.write(f"{request.kind} {request.id}: {request.state} {explanation}".rstrip())
