"""`restore_audit`: after restoring a backup, declare which anchored events are lost and open the next epoch."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import verification
from audit.keys import register_known_keys
from audit.promptguard_verify import USAGE
from audit.restoring import declare_loss, find_losses, recover_log
from audit.verification.anchors import AnchorEvidence


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from-anchors", dest="anchors", default=settings.AUDIT_ANCHOR_FILE)
        parser.add_argument("--dry-run", action="store_true", help="only say what is lost")

    def handle(self, *args: Any, **options: Any) -> None:
        register_known_keys()
        evidence = AnchorEvidence.from_file(options["anchors"], required=True)
        if evidence.report.findings:
            raise CommandError("the anchors cannot be trusted or read", returncode=USAGE)
        with verification.snapshot():
            losses = find_losses(evidence)
        if not options["dry_run"]:
            recover_log(evidence)
        for loss in losses:
            if not options["dry_run"]:
                declare_loss(loss)
            self.stdout.write(f"{loss.organization_id}: events {loss.first}-{loss.last} of epoch {loss.epoch} are lost")
        self.stdout.write(f"{len(losses)} chains {'would continue' if options['dry_run'] else 'continue'} in a new epoch")
