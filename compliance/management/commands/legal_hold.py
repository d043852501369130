"""`legal_hold place|release|list`: orders to keep, for operators."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.holds import selectors, services
from compliance.holds.serializers import HoldOut
from organizations.models import Organization, User
from promptguard.core.caller import Caller, command_caller
from promptguard.core.errors import DomainError
from promptguard.core.tenancy import organization_scope, platform_scope


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        place = verbs.add_parser("place", help="keep everything of an organization, or one person's")
        place.add_argument("--reason", required=True, help="a case number; no names, please")
        whom = place.add_mutually_exclusive_group()
        whom.add_argument("--subject", metavar="EMAIL", help="only what concerns this person")
        whom.add_argument(
            "--end-user", metavar="LABEL", help="only what concerns this end user of the organization's"
        )
        place.add_argument("--since", type=parse_moment, help="keep what is not older, ISO 8601")
        place.add_argument("--until", type=parse_moment, help="keep what is older, ISO 8601")
        place.add_argument("--ends-at", type=parse_moment, help="when to decide on a release, ISO 8601")
        release = verbs.add_parser("release", help="let go of a hold")
        release.add_argument("hold", type=UUID)
        release.add_argument("--reason", required=True)
        listing = verbs.add_parser("list", help="the holds of an organization")
        listing.add_argument("--status", choices=["all", "in_force", "released"], default="in_force")
        for verb in (place, release, listing):
            verb.add_argument("--org", required=True, help="the organization's slug or id")
            verb.add_argument("--json", action="store_true", help="for machines")
        for verb in (place, release):
            verb.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        caller = command_caller(organization_named(options["org"]).id)
        verbs: dict[str, Callable[..., list[Any]]] = {"place": _place, "release": _release, "list": _list}
        try:
            with organization_scope(caller.tenant):
                found = verbs[options["verb"]](caller, options)
                shown = [dict(HoldOut(each).data) for each in found]
        except DomainError as error:
            raise CommandError(error.message) from error
        self._print(shown, options)

    def _print(self, shown: list[dict[str, Any]], options: dict[str, Any]) -> None:
        dry = bool(options.get("dry_run"))
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": dry, "holds": shown}, indent=2, default=str))
            return
        for hold in shown:
            about = f"user {hold['user_id']}" if hold["user_id"] else "everything"
            about = f"end user {hold['end_user']}" if hold["end_user"] else about
            ends = f", meant to end {hold['ends_at']}" if hold["ends_at"] else ""
            self.stdout.write(f"{hold['id']}  {hold['status']}  {about}  {hold['reason']}{ends}")
        if dry:
            self.stdout.write("nothing was changed (--dry-run)")


def _place(caller: Caller, options: dict[str, Any]) -> list[Any]:
    subject = User.objects.filter(email=options["subject"].lower()).first() if options["subject"] else None
    if options["subject"] and subject is None:
        raise CommandError("nobody has an account with this address")
    if options["dry_run"]:
        return []
    span = {name: options[name] for name in ("reason", "end_user", "since", "until", "ends_at")}
    placed = services.place(caller=caller, user_id=subject.id if subject else None, **span)
    return list(selectors.holds(caller).filter(id=placed.id))


def _release(caller: Caller, options: dict[str, Any]) -> list[Any]:
    found = selectors.holds(caller, "in_force").filter(id=options["hold"])
    if not found.exists():
        raise CommandError("no hold in force has this id")
    if not options["dry_run"]:
        services.release(caller=caller, hold_id=options["hold"], reason=options["reason"])
    return list(selectors.holds(caller).filter(id=options["hold"]))


def _list(caller: Caller, options: dict[str, Any]) -> list[Any]:
    return list(selectors.holds(caller, options["status"]).order_by("id"))


def parse_moment(text: str) -> datetime:
    """An ISO 8601 time; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else timezone.make_aware(moment)


def organization_named(text: str) -> Organization:
    """By slug or id. Raises CommandError."""
    with platform_scope():
        found = Organization.objects.filter(slug=text).first()
        if found is None:
            try:
                found = Organization.objects.filter(id=UUID(text)).first()
            except ValueError:
                found = None
    if found is None:
        raise CommandError("no organization has this slug or id")
    return found
