"""`manage.py warn_expiring_keys`: run it once a day or more often; each warning is sent once."""

from typing import Any

from django.core.management.base import BaseCommand

from promptguard.projects.rotation import warn_expiring_keys


class Command(BaseCommand):
    help = "Warn owners and admins of API keys that expire within 14, 3 and 1 days."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{warn_expiring_keys()} warnings sent")
