"""`export_audit`: one organization's chain as a bundle that verifies itself without a database or a package."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit import verification
from audit.actions import Action
from audit.bundles import BundleWriter
from audit.management.commands.verify_audit_chain import organization
from audit.services import record
from promptguard.core.caller import command_caller


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--org", required=True, help="an organization's id or slug, or `platform`")
        parser.add_argument("--output", required=True, help="the zip file to write")
        parser.add_argument("--private", action="store_true", help="with personal values, where not erased")
        parser.add_argument("--reason", default="", help="why; it is recorded")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = organization(options["org"])
        record(
            Action.AUDIT_EXPORTED,
            caller=command_caller(chosen),
            details={"format": "bundle", "private": options["private"]},
            reason=options["reason"],
        )
        with verification.snapshot():
            count = BundleWriter(chosen, Path(options["output"]), with_private=options["private"]).write()
        self.stdout.write(f"{count} events in {options['output']}")
