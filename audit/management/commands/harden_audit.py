"""`harden_audit`: roles, grants, triggers and row-level security of the audit tables; may be run again at any time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections, transaction

from audit.privileges import create_roles, secure


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--create-roles", action="store_true", help="create missing roles; needs CREATEROLE"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            created = create_roles(cursor) if options["create_roles"] else []
            secure(cursor)
        self.stdout.write(f"hardened; roles created: {', '.join(created) or 'none'}")
