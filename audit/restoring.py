"""After a restore: compare with what had been anchored, and declare what is lost instead of hiding it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from audit import hashing
from audit.actions import Action
from audit.checkpoints import CHECKPOINT_LOCK, INSERT, global_leaf_value
from audit.envelope import INBOX_COLUMNS
from audit.interactions import system_event
from audit.models import GLOBAL_LOG_ID
from audit.notes import parse_checkpoint
from audit.promptguard_verify import Report, note_marks
from audit.sealing import SEQUENCER_LOCK, advance_heads, extend_tiles, read_chains, seal_rows
from audit.tree import leaf
from audit.verification.anchors import AnchorEvidence
from promptguard.core.tenancy import platform_scope

OPEN_EPOCH = """
INSERT INTO audit_head (org_id, epoch, seq, hash, sealed_at, tree_state, parent, retention_class)
VALUES (%s, %s, 0, %s, 'epoch', '{}', %s, %s)
"""
INSERT_EVENT = f"""
INSERT INTO audit_inbox ({INBOX_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s) RETURNING id
"""
# What had been published stays published: the backup may still believe that it waits.
SETTLE_ANCHORS = "UPDATE audit_anchor SET status = 'published' WHERE status = 'pending' AND global_size <= %s"
KNOWN_ANCHOR = """
INSERT INTO audit_anchor (global_size, global_root, note, sink, status, published_at)
VALUES (%s, %s, %s, 'file', 'published', now()) ON CONFLICT (sink, global_size) DO NOTHING
"""


class LogForked(RuntimeError):
    """The restored database went on signing before its loss was declared: its log is not the anchored one any more."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Events first … last of one epoch had been anchored and are no longer there.

    `later` holds the anchored (epoch, size) of each later epoch, all of which is lost.
    """

    organization_id: UUID
    epoch: int
    first: int
    last: int
    later: list[tuple[int, int]] = field(default_factory=list)


def find_losses(evidence: AnchorEvidence) -> list[Loss]:
    """The chains that end before what had been anchored about them. Call inside `snapshot()`."""
    found = []
    with connections["default"].cursor() as cursor:
        for organization_id in evidence.organizations():
            cursor.execute(
                "SELECT epoch, seq FROM audit_head WHERE org_id = %s ORDER BY epoch DESC LIMIT 1", [organization_id]
            )
            epoch, seq = cursor.fetchone() or (1, 0)
            sizes = _anchored_sizes(evidence, organization_id)
            later = sorted((of, size) for of, size in sizes.items() if of > epoch)
            anchored = max(sizes.get(epoch, 0), seq)
            if anchored > seq or later:
                found.append(Loss(organization_id, epoch, seq + 1, anchored, later))
    return found


def _anchored_sizes(evidence: AnchorEvidence, organization_id: UUID) -> dict[int, int]:
    """Epoch -> the largest size that was anchored."""
    sizes: dict[int, int] = {}
    for note in evidence.notes(organization_id):
        for _kind, epoch, size, *_ in note_marks(
            Report(organization_id), evidence.keys, organization_id, "anchor", None, note
        ):
            sizes[epoch] = max(size, sizes.get(epoch, 0))
    return sizes


def recover_log(evidence: AnchorEvidence) -> int:
    """Bring the log over all checkpoints to where it was anchored last; the number of checkpoints recovered.

    Otherwise the next anchor would contradict the earlier ones. Raises LogForked.
    """
    leaves, newest = list(_anchored_leaves(evidence.lines)), evidence.lines[-1:]
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHECKPOINT_LOCK])
        log = read_chains(cursor, [GLOBAL_LOG_ID])[GLOBAL_LOG_ID]
        missing = leaves[log.seq :]
        for organization_id, salt, note in missing:
            said = parse_checkpoint(note)
            epoch, at = int(said.origin.rpartition("/")[2]), datetime.fromisoformat(said.at)
            cursor.execute(
                INSERT, [organization_id, epoch, said.size, said.root, said.head, at, note, salt, log.seq]
            )
            value = global_leaf_value(salt, organization_id, note)
            log.tree.append(value)
            log.seq, log.hash, log.sealed_us = log.seq + 1, leaf(value), log.sealed_us + 1
        if missing and newest:
            said = parse_checkpoint(json.loads(newest[0])["note"])
            if (said.size, said.root) != (log.seq, log.tree.root()):
                raise LogForked("the log differs from what had been anchored")
            advance_heads([log])
            extend_tiles(cursor, [log])
            cursor.execute(KNOWN_ANCHOR, [log.seq, said.root, json.loads(newest[0])["note"]])
        cursor.execute(SETTLE_ANCHORS, [len(leaves)])
    return len(missing)


def _anchored_leaves(lines: Any) -> Iterator[tuple[UUID, bytes, str]]:
    """The leaves of the anchored log in order, each once: a record may repeat those of the one before."""
    expected = 0
    for line in filter(None, lines):
        for one in json.loads(line)["leaves"]:
            if one["index"] == expected:
                yield UUID(one["org"]), bytes.fromhex(one["salt"]), one["note"]
                expected += 1


def declare_loss(loss: Loss) -> None:
    """Open the next epoch, whose genesis commits to the old head and the anchored size, with `audit.restored`."""
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        old = read_chains(cursor, [loss.organization_id])[loss.organization_id]
        parent = hashing.epoch_parent(old.hash, loss.last)
        epoch = max([old.epoch, *(epoch for epoch, _size in loss.later)]) + 1
        first = hashing.genesis(loss.organization_id, epoch, parent)
        row: list[Any] = [loss.organization_id, epoch, first, parent, old.retention_class]
        cursor.execute(OPEN_EPOCH, row)
        details = {
            "old_epoch": old.epoch,
            "old_size": old.seq,
            "old_head": old.hash.hex(),
            "anchored_size": loss.last,
            "lost": f"{loss.first}-{loss.last}",
            "lost_epochs": [list(each) for each in loss.later],
        }
        event = system_event(loss.organization_id, Action.AUDIT_RESTORED, {"details": details})
        cursor.execute(INSERT_EVENT, event.inbox_row())
        (row_id,) = cursor.fetchone()
        # Sealed here and now: what waits in the inbox comes after it.
        seal_rows(cursor, [(row_id, str(loss.organization_id), str(Action.AUDIT_RESTORED), event.canonical())])
