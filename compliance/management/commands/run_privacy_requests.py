"""Go on with every request whose time has come, and remove packages whose week is over."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from compliance import erasure, working


class Command(BaseCommand):
    help = "Work on open privacy requests; also run by the background workers."

    def handle(self, *args: Any, **options: Any) -> None:
        for request_id in working.due_requests(timezone.now()):
            try:
                request = working.work_on(request_id)
                self.stdout.write(
                    f"{request.kind} {request.id}: {request.state} {request.explanation}".rstrip()
                )
            except erasure.Waiting as waiting:
                self.stdout.write(f"{request_id}: {waiting}")
        if removed := working.purge_packages(timezone.now()):
            self.stdout.write(f"{removed} expired packages removed")
