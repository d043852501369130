"""`verify_audit_chain`: is every chain what was sealed? Exit 0 clean, 1 tampering, 2 unchecked, 3 declared, 4 usage."""

import json
import time
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from audit import verification
from audit.models import PLATFORM_ORGANIZATION_ID
from audit.promptguard_verify import CLEAN, DECLARED, TAMPERED, UNCHECKED, USAGE, Report
from audit.verification.anchors import AnchorEvidence
from audit.verification.sql import verify_in_database
from promptguard.core import metrics


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--org", help="an organization's id or slug, or `platform`; default: all")
        scope.add_argument("--all", action="store_true", help="every organization (the default)")
        parser.add_argument("--anchors", help="an anchor file; default: the configured one, where it exists")
        parser.add_argument("--key", action="append", default=[], help="a verifier key to trust, instead of the first")
        parser.add_argument("--engine", choices=["stream", "sql"], default="stream", help="sql: quicker, trusts the server")
        parser.add_argument("--json", action="store_true", help="one JSON document for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        try:
            with verification.snapshot():
                reports = self._reports(options)
        except DatabaseError as error:
            raise CommandError(f"the log cannot be read: {type(error).__name__}", returncode=USAGE) from error
        self._print(reports, time.perf_counter() - started, as_json=options["json"])
        if code := combined_exit_code(reports):
            raise SystemExit(code)

    def _reports(self, options: dict[str, Any]) -> list[Report]:
        chosen = organization(options["org"]) if options["org"] else None
        if options["engine"] == "sql":
            with connection.cursor() as cursor:
                wanted = [chosen] if chosen is not None else verification.known_organizations()
                return [verify_in_database(cursor, each) for each in wanted]
        path, required = options["anchors"] or settings.AUDIT_ANCHOR_FILE, options["anchors"] is not None
        evidence = AnchorEvidence.from_file(path, options["key"], required=required)
        if chosen is not None:
            report = verification.verify_organization(chosen, evidence)
            return [report] + [evidence.report] * bool(evidence.report.findings)
        reports = verification.verify_everything(evidence)
        if combined_exit_code(reports) == CLEAN:
            metrics.AUDIT_LAST_VERIFIED.set_to_current_time()
        return reports

    def _print(self, reports: list[Report], seconds: float, *, as_json: bool) -> None:
        events = sum(report.counts["events"] for report in reports)
        if as_json:
            document = {
                "exit": combined_exit_code(reports),
                "organizations": [report.as_dict() for report in reports],
            }
            self.stdout.write(json.dumps(document, indent=2))
            return
        for report in reports:
            self.stdout.write("\n".join(report.lines()))
        rate = events / seconds if seconds else 0
        self.stdout.write(
            f"{len(reports)} organizations, {events} events in {seconds:.1f} s ({rate:,.0f} events/s)"
        )


def combined_exit_code(reports: list[Report]) -> int:
    codes = {report.exit_code() for report in reports}
    return next((code for code in (TAMPERED, UNCHECKED, DECLARED) if code in codes), 0)


def organization(text: str) -> UUID:
    """The id behind an id or slug. Raises CommandError."""
    if text == "platform":
        return PLATFORM_ORGANIZATION_ID
    try:
        return UUID(text)
    except ValueError:
        model = apps.get_model("organizations", "Organization")
        found: UUID | None = model._base_manager.filter(slug=text).values_list("id", flat=True).first()
        if found is None:
            raise CommandError(f"no organization has the id or slug {text!r}", returncode=USAGE) from None
        return found
