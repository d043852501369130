"""`manage.py sso_doctor [slug]`: try connections step by step; `--recheck-domains` does the daily round."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from promptguard.core.tenancy import platform_scope
from sso.diagnosis import diagnose
from sso.selectors import connections_to_examine
from sso.services.domains import recheck_domains


class Command(BaseCommand):
    help = "Try identity providers step by step, and look for the proofs of mail domains."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", default="", help="one organization; without it all of them")
        parser.add_argument(
            "--recheck-domains", action="store_true", help="look for every domain's TXT record"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when a step failed, so that a scheduler notices."""
        if options["recheck_domains"]:
            self.stdout.write(f"{recheck_domains()} domains looked for")
            return
        with platform_scope():
            found = list(connections_to_examine(options["slug"]))
        if options["slug"] and not found:
            raise CommandError("This organization has no identity provider.")
        failed = 0
        for connection in found:
            self.stdout.write(f"{connection.organization.slug}: {connection.issuer}")
            for step in diagnose(connection):
                failed += not step.ok
                self.stdout.write(f"  {'ok  ' if step.ok else 'FAIL'} {step.step}: {step.explanation}")
        if failed:
            raise CommandError(f"{failed} steps failed.")
