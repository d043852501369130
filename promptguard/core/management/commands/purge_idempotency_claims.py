"""`manage.py purge_idempotency_claims`: delete answers kept for replays that are older than a day."""

from typing import Any

from django.core.management.base import BaseCommand

from promptguard.core.idempotency import purge_expired


class Command(BaseCommand):
    help = "Delete idempotency claims whose 24 hours are over."

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        while deleted := purge_expired():
            total += deleted
        self.stdout.write(f"{total} claims deleted")
