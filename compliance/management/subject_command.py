"""What the commands about one subject share: whom they are about, and how they say what they did."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.subjects import EndUser, Person, WholeOrganization, person
from organizations.models import Organization, User
from promptguard.core.tenancy import platform_scope


class SubjectCommand(BaseCommand):
    """A person by address, or an end user by organization and label."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", help="of a person with an account")
        parser.add_argument("--organization", metavar="SLUG", help="whose end user it is")
        parser.add_argument("--label", help="what the organization's applications call the end user")
        parser.add_argument("--dry-run", action="store_true", help="only say how many rows there are")
        parser.add_argument("--json", action="store_true", help="answer with one JSON object, for machines")

    def account(self, options: dict[str, Any]) -> User:
        """Raises CommandError."""
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError("nobody has an account with this address")
        return user

    def end_user(self, options: dict[str, Any]) -> EndUser | None:
        """Who `--organization` and `--label` name together. Raises CommandError."""
        if options["email"] and (options["organization"] or options["label"]):
            raise CommandError("say either an address, or an organization and a label")
        if not options["label"]:
            return None
        return EndUser(self.organization(options).id, options["label"])

    def organization(self, options: dict[str, Any]) -> Organization:
        """Raises CommandError."""
        with platform_scope():
            found = Organization.objects.filter(slug=options["organization"] or "").first()
        if found is None:
            raise CommandError("there is no organization with this slug")
        return found

    def subject(self, options: dict[str, Any]) -> Person | EndUser | WholeOrganization:
        """Raises CommandError."""
        if end_user := self.end_user(options):
            return end_user
        if options["email"]:
            return person(self.account(options))
        if options["organization"]:
            return WholeOrganization(self.organization(options).id)
        raise CommandError("say an address, or an organization and a label")

    def tell(self, options: dict[str, Any], sentence: str, **told: Any) -> None:
        """One sentence for people, or all that is known for machines."""
        self.stdout.write(json.dumps(told, default=str, indent=2) if options["json"] else sentence)

    def show_progress(self, done: int, total: int) -> None:
        """A line on standard error that overwrites itself, on a terminal only."""
        if self.stderr.isatty():
            share = min(done / total, 1.0) if total else 1.0
            bar = "#" * int(share * 30)
            self.stderr.write(f"\r[{bar:<30}] {done}/{max(total, done)} rows", ending="")
