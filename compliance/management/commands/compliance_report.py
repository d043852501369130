"""`compliance_report`: the evidence package of an organization, as signed JSON or as PDF; or check one."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.evidence import paper, services
from compliance.management.commands.legal_hold import organization_named
from compliance.management.commands.legal_hold import parse_moment as moment
from promptguard.core.caller import command_caller
from promptguard.core.errors import DomainError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--org", help="the organization's slug or id")
        what.add_argument("--verify", type=Path, metavar="FILE", help="check the signature of a JSON package")
        parser.add_argument("--format", choices=["json", "pdf"], default="json")
        parser.add_argument("--out", type=Path, help="a file; JSON goes to standard output without it")
        parser.add_argument("--since", type=moment, help="ISO 8601; default: 90 days before --until")
        parser.add_argument("--until", type=moment, help="ISO 8601; default: now")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be gathered")
        parser.add_argument(
            "--key", action="append", default=[], help="a verifier key to trust, for --verify"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verify"]:
            self._verify(options["verify"], options["key"])
        elif options["dry_run"]:
            self.stdout.write(json.dumps({"dry_run": True, "sections": list(services.SECTIONS)}))
        else:
            self._make(options["org"], options["format"], options["out"], options["since"], options["until"])

    def _make(
        self, org: str, kind: str, out: Path | None, since: datetime | None, until: datetime | None
    ) -> None:
        if kind == "pdf" and out is None:
            raise CommandError("a PDF needs --out")
        organization = organization_named(org)
        try:
            package = services.make_package(
                caller=command_caller(organization.id), organization=organization, since=since, until=until,
                verifies_all=True,
            )  # fmt: skip
        except DomainError as error:
            raise CommandError(error.message) from error
        content = (
            paper.printed(package) if kind == "pdf" else json.dumps(package.as_dict(), indent=2).encode()
        )
        if out is None:
            self.stdout.write(content.decode())
            return
        out.touch(mode=0o600)
        out.write_bytes(content)
        if not package.signature:
            self.stderr.write("unsigned: this process has no signing key")
        self.stdout.write(f"{out}: sha256 of the document {package.sha256}")

    def _verify(self, path: Path, pinned: list[str]) -> None:
        try:
            document = services.verify(json.loads(path.read_bytes()), pinned)
        except (OSError, ValueError) as error:
            raise CommandError(f"not genuine: {error}") from error
        self.stdout.write(f"genuine: {document['organization']['slug']}, {document['generated_at']}")
