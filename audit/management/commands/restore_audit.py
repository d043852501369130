"""`restore_audit`: after restoring a backup, declare which anchored events are lost and open the next epoch.

It also names the erasures that the backup has undone, from the ledger that is kept outside of the database.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import verification
from audit.keys import register_known_keys
from audit.ledger import BrokenLedger, erasures, returned
from audit.promptguard_verify import DECLARED, USAGE
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
        self._name_returned()

    def _name_returned(self) -> None:
        """Exit 3 while somebody who was erased is back. Raises CommandError when the ledger cannot be believed."""
        try:
            known = erasures()
        except (BrokenLedger, OSError) as error:
            raise CommandError(f"the ledger of erasures cannot be believed: {error}", returncode=USAGE) from error
        undone = returned(known)
        for each in undone:
            self.stdout.write(f"the erasure of request {each.request_id} is undone and must be repeated")
        self.stdout.write(f"{len(known)} erasures on the ledger, {len(undone)} undone by the backup")
        if undone:
            raise SystemExit(DECLARED)
