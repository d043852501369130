"""`purge_expired`: let go of everything that is past its retention, now."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from audit.retention import due_partitions, ensure_partitions, prune_due
from compliance.management.commands.legal_hold import organization_named
from compliance.retention import selectors
from compliance.retention.purging import Purge
from organizations.models import Organization
from promptguard.core.caller import system_caller
from promptguard.core.tenancy import organization_scope, platform_scope


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--org", help="only this organization, by slug or id; audit events are not touched"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        only = organization_named(options["org"]).id if options["org"] else None
        plan = _plan(only)
        if options["dry_run"]:
            self._tell({"dry_run": True, **plan}, options)
            return
        total = sum(row["rows"] for rows in plan["organizations"].values() for row in rows)
        total += sum(row["rows"] for row in plan["platform"])

        def show(rows: int) -> None:
            if not options["json"]:
                self.stderr.write(f"\r{rows}/{total} rows", ending="")

        rows = Purge({}, checkpoint=show).run(only)
        dropped = {}
        if only is None:
            ensure_partitions()
            dropped = prune_due()
        if not options["json"]:
            self.stderr.write("")
        kept = sorted(set(due_partitions()) - set(dropped)) if only is None else []
        self._tell(
            {"dry_run": False, "rows": rows, "audit_partitions": dropped, "audit_partitions_kept": kept},
            options,
        )

    def _tell(self, told: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=2, default=str))
            return
        for name, found in told.items():
            self.stdout.write(f"{name}: {json.dumps(found, default=str)}")


def _plan(only: UUID | None) -> dict[str, Any]:
    now, found = timezone.now(), {}
    with platform_scope():
        chosen = Organization.objects.filter(id=only) if only else Organization.objects.order_by("slug")
        organizations = list(chosen)
        platform = [] if only else selectors.platform_preview(now)
    for organization in organizations:
        with organization_scope(organization.id):
            caller = system_caller(organization.id)
            found[organization.slug] = selectors.preview(caller, organization, now)
    partitions = due_partitions() if only is None else []
    return {"organizations": found, "platform": platform, "audit_partitions": partitions}
