"""After a restore: compare with what had been anchored, and declare what is lost instead of hiding it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from audit import hashing
from audit.actions import Action
from audit.envelope import INBOX_COLUMNS
from audit.interactions import system_event
from audit.promptguard_verify import Report, note_marks
from audit.sealing import SEQUENCER_LOCK, read_chains, seal_rows
from audit.verification.anchors import AnchorEvidence
from promptguard.core.tenancy import platform_scope

OPEN_EPOCH = """
INSERT INTO audit_head (org_id, epoch, seq, hash, sealed_at, tree_state, parent, retention_class)
VALUES (%s, %s, 0, %s, 'epoch', '{}', %s, %s)
"""
INSERT_EVENT = f"""
INSERT INTO audit_inbox ({INBOX_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s) RETURNING id, leaf_hash
"""


@dataclass(frozen=True, slots=True)
class Loss:
    """Events first … last of one epoch had been anchored and are no longer there."""

    organization_id: UUID
    epoch: int
    first: int
    last: int


def find_losses(evidence: AnchorEvidence) -> list[Loss]:
    """The chains that end before what had been anchored about them. Call inside `snapshot()`."""
    found = []
    with connections["default"].cursor() as cursor:
        for organization_id in evidence.organizations():
            cursor.execute(
                "SELECT epoch, seq FROM audit_head WHERE org_id = %s ORDER BY epoch DESC LIMIT 1", [organization_id]
            )
            epoch, seq = cursor.fetchone() or (1, 0)
            anchored = _anchored_size(evidence, organization_id, epoch)
            if anchored > seq:
                found.append(Loss(organization_id, epoch, seq + 1, anchored))
    return found


def _anchored_size(evidence: AnchorEvidence, organization_id: UUID, epoch: int) -> int:
    report = Report(organization_id)
    marks = [
        mark
        for note in evidence.notes(organization_id)
        for mark in note_marks(report, evidence.keys, organization_id, "anchor", None, note)
    ]
    return max((size for _kind, of_epoch, size, _root, _head in marks if of_epoch == epoch), default=0)


def declare_loss(loss: Loss) -> None:
    """Open the next epoch, whose genesis commits to the old head and the anchored size, with `audit.restored`."""
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        old = read_chains(cursor, [loss.organization_id])[loss.organization_id]
        parent = hashing.epoch_parent(old.hash, loss.last)
        first = hashing.genesis(loss.organization_id, old.epoch + 1, parent)
        row: list[Any] = [loss.organization_id, old.epoch + 1, first, parent, old.retention_class]
        cursor.execute(OPEN_EPOCH, row)
        details = {
            "old_epoch": old.epoch,
            "old_size": old.seq,
            "old_head": old.hash.hex(),
            "anchored_size": loss.last,
            "lost": f"{loss.first}-{loss.last}",
        }
        event = system_event(loss.organization_id, Action.AUDIT_RESTORED, {"details": details})
        cursor.execute(INSERT_EVENT, event.inbox_row())
        row_id, leaf = cursor.fetchone()
        # Sealed here and now: what waits in the inbox comes after it.
        seal_rows(cursor, [(row_id, loss.organization_id, leaf, str(Action.AUDIT_RESTORED), None)])
