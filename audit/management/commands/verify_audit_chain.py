"""`verify_audit_chain`: is every chain what was sealed? Exit 0 clean, 1 tampering, 2 unchecked, 3 declared, 4 usage."""

import json
import sys
import time
from typing import Any, Never
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from audit import naming, verification
from audit.promptguard_verify import CLEAN, USAGE, Report
from audit.verification import crew, presenting, remembered
from audit.verification.anchors import AnchorEvidence
from audit.verification.crew import Assignment
from audit.verification.spans import NoSuchEvent, Span, chosen_span, remembered_span
from audit.verification.sql import verify_in_database
from audit.verification.stamps import compare_time_stamps
from promptguard.core import metrics


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """argparse leaves with 2, which here means that something could not be checked."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.exit = _leave  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--org", help="an organization's id or slug, or `platform`; default: all")
        scope.add_argument("--all", action="store_true", help="every organization (the default)")
        parser.add_argument("--from", dest="first", type=int, help="from this event on (with --org; newest epoch)")
        parser.add_argument("--to", dest="last", type=int, help="up to this event (with --org; newest epoch)")
        parser.add_argument("--since-last", action="store_true", help="from the last clean and anchored place on")
        parser.add_argument("--anchors", help="an anchor file; default: the configured one, where it exists")
        parser.add_argument("--key", action="append", default=[], help="a verifier key to trust, instead of the first")
        parser.add_argument("--engine", choices=["stream", "sql"], default="stream", help="sql: quicker, trusts the server")
        parser.add_argument("--jobs", type=int, default=1, help="organizations to verify at once, each in a process")
        parser.add_argument("--format", choices=["text", "json", "junit"], default="text")
        parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
        parser.add_argument("--explain", action="store_true", help="say what each finding means")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        _refuse_nonsense(options)
        try:
            reports = self._reports(options)
        except NoSuchEvent as error:
            raise CommandError(str(error), returncode=USAGE) from error
        except DatabaseError as error:
            raise CommandError(f"the log cannot be read: {type(error).__name__}", returncode=USAGE) from error
        self._print(reports, time.perf_counter() - started, options)
        if code := presenting.combined_exit_code(reports):
            raise SystemExit(code)

    def _reports(self, options: dict[str, Any]) -> list[Report]:
        chosen = organization(options["org"]) if options["org"] else None
        path, required = options["anchors"] or settings.AUDIT_ANCHOR_FILE, options["anchors"] is not None
        with verification.snapshot():
            evidence = AnchorEvidence.from_file(path, options["key"], required=required)
            compare_time_stamps(evidence.report, evidence.keys)
            wanted = [chosen] if chosen is not None else verification.every_organization(evidence)
            if options["engine"] == "sql":
                with connection.cursor() as cursor:
                    return [verify_in_database(cursor, each) for each in wanted]
            spans = _spans(wanted, options)
            assignments = [Assignment(each, spans.get(each)) for each in wanted]
            done = [] if options["jobs"] > 1 else [crew.verified(each, evidence) for each in assignments]
        if options["jobs"] > 1:
            done = crew.verified_by_many(assignments, path, options["key"], options["jobs"])
        reports = [report for report, _state in done]
        if options["first"] is None and options["last"] is None:
            remembered.remember({report.organization: state for report, state in done if state is not None})
        reports += [evidence.report] * bool(evidence.report.findings)
        if chosen is None and presenting.combined_exit_code(reports) == CLEAN:
            metrics.AUDIT_LAST_VERIFIED.set_to_current_time()
        return reports

    def _print(self, reports: list[Report], seconds: float, options: dict[str, Any]) -> None:
        names = naming.names(report.organization for report in reports)
        if options["format"] == "json":
            self.stdout.write(json.dumps(presenting.document(reports, names), indent=2))
            return
        if options["format"] == "junit":
            self.stdout.write(presenting.junit(reports, names))
            return
        for report in reports:
            lines = presenting.text(report, names[report.organization], explain=options["explain"])
            self.stdout.write("\n".join(lines))
        events = sum(report.counts["events"] for report in reports)
        rate = events / seconds if seconds else 0
        self.stdout.write(f"{len(reports)} organizations, {events} events in {seconds:.1f} s ({rate:,.0f} events/s)")


def _refuse_nonsense(options: dict[str, Any]) -> None:
    in_part = options["first"] is not None or options["last"] is not None
    if in_part and (not options["org"] or options["since_last"]):
        raise CommandError("--from and --to go with --org, and not with --since-last", returncode=USAGE)
    if options["engine"] == "sql" and (in_part or options["since_last"] or options["jobs"] > 1):
        raise CommandError("the sql engine looks at whole chains, one after the other", returncode=USAGE)
    if options["jobs"] < 1 or any(options[end] is not None and options[end] < 1 for end in ("first", "last")):
        raise CommandError("numbers start at 1", returncode=USAGE)


def _spans(wanted: list[UUID], options: dict[str, Any]) -> dict[UUID, Span]:
    if options["since_last"]:
        known = remembered.recall()
        return {each: remembered_span(known[each]) for each in wanted if each in known}
    if options["first"] is None and options["last"] is None:
        return {}
    with connection.cursor() as cursor:
        return {wanted[0]: chosen_span(cursor, wanted[0], options["first"] or 1, options["last"])}


def _leave(status: int = 0, message: str | None = None) -> Never:
    if message:
        sys.stderr.write(message)
    sys.exit(USAGE if status else 0)


def organization(text: str) -> UUID:
    """The id behind an id or slug. Raises CommandError."""
    found = naming.identifier(text)
    if found is None:
        raise CommandError(f"no organization has the id or slug {text!r}", returncode=USAGE)
    return found
