"""`migrate`, as the owner of the tables, followed by roles, grants and row-level security."""

from typing import Any

from django.apps import apps
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections, transaction


class Command(Migrate):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"]:
            return
        with (
            transaction.atomic(using=options["database"]),
            connections[options["database"]].cursor() as cursor,
        ):
            for config in apps.get_app_configs():
                if secure := getattr(config, "secure_database", None):
                    secure(cursor)
