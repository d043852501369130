"""`prune_audit`: let events go whose time is over, month by month; held ones stay."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from audit.retention import due_partitions, ensure_partitions, prune_partition


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only name the partitions that are due")

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_partitions()
        for partition in due_partitions():
            if options["dry_run"]:
                self.stdout.write(partition)
                continue
            try:
                self.stdout.write(f"{partition}: {prune_partition(partition)} events dropped")
            except (DatabaseError, OSError) as error:
                self.stderr.write(f"{partition}: kept ({type(error).__name__})")
