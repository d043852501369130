"""`manage.py clear_allowed_networks --org SLUG --reason TEXT`: the way back in for a tenant that locked itself out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from organizations.models import Organization
from organizations.networks.services import clear_networks
from promptguard.core.caller import command_caller
from promptguard.core.tenancy import organization_scope, platform_scope


class Command(BaseCommand):
    help = "Remove every entry of an organization's IP allow-list; audited with the reason."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--org", required=True, metavar="SLUG")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["reason"].strip():
            raise CommandError("Say why: the reason goes into the audit log.")
        with platform_scope():
            organization = Organization.objects.filter(slug=options["org"]).first()
        if organization is None:
            raise CommandError(f"There is no organization {options['org']}.")
        with organization_scope(organization.id):
            count = clear_networks(caller=command_caller(organization.id), reason=options["reason"].strip())
        self.stdout.write(f"{count} entries removed from the allow-list of {organization.slug}")
