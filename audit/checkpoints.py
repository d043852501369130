"""Signing what was sealed: a note about each chain, and one global log over all the notes.

Signing goes by interval, not by batch. Forking the view of a single tenant then means forking the one log
that every tenant and every anchor has seen.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections

from audit.keys import current_key
from audit.models import GLOBAL_LOG_ID
from audit.notes import SigningKey, checkpoint
from audit.sealing import Chain, advance_heads, extend_tiles, read_chains
from audit.tree import fold, leaf
from promptguard.core.tenancy import platform_scope

CHECKPOINT_LOCK = 0x6E6F7465  # "note"
SHORTEST_INTERVAL, LONGEST_INTERVAL = "10 seconds", "1 hour"
MOST_CHAINS = 5000

DUE = """
SELECT h.org_id, h.epoch, h.seq, h.hash, h.tree_state FROM audit_head h
LEFT JOIN LATERAL (
    SELECT size, sealed_at FROM audit_checkpoint c WHERE c.org_id = h.org_id AND c.epoch = h.epoch
    ORDER BY size DESC, sealed_at DESC LIMIT 1
) last ON true
WHERE h.seq > 0 AND h.org_id <> %s AND (h.org_id = %s OR %s::uuid IS NULL)
  AND NOT EXISTS (SELECT 1 FROM audit_head newer WHERE newer.org_id = h.org_id AND newer.epoch > h.epoch)
  AND (last.size IS NULL OR last.sealed_at < now() - %s::interval OR (h.seq > last.size AND last.sealed_at < now() - %s::interval))
ORDER BY h.org_id LIMIT %s
"""
INSERT = """
INSERT INTO audit_checkpoint (org_id, epoch, size, root, head_hash, sealed_at, note, salt, global_index)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_ANCHOR = """
INSERT INTO audit_anchor (global_size, global_root, note, sink)
SELECT %s, %s, %s, sink FROM unnest(%s::text[]) AS sink ON CONFLICT (sink, global_size) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class SignedChain:
    """One organization's note, as it stands in the global log."""

    organization_id: UUID
    epoch: int
    size: int
    root: bytes
    head: bytes
    note: str
    salt: bytes

    def leaf_value(self) -> bytes:
        """Salted, so that a published global log does not tell who the tenants are."""
        return global_leaf_value(self.salt, self.organization_id, self.note)


def global_leaf_value(salt: bytes, organization_id: UUID, note: str) -> bytes:
    return salt + organization_id.bytes + note.encode()


def origin_of(organization_id: UUID, epoch: int) -> str:
    return f"{settings.AUDIT_ORIGIN}/audit/{organization_id}/{epoch}"


def global_origin() -> str:
    return f"{settings.AUDIT_ORIGIN}/audit/log"


def sign_checkpoints(
    sinks: Sequence[str] = (), *, organization_id: UUID | None = None, interval: str = SHORTEST_INTERVAL
) -> int:
    """Sign every chain that grew since `interval`, or was idle for an hour, and the global log over the notes.

    Returns the number of chains signed; 0 when another process is at it. `sinks` are queued for the global note.
    Raises UnusableKeyFile.
    """
    key = current_key()
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [CHECKPOINT_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        only = [organization_id, organization_id]
        cursor.execute(DUE, [GLOBAL_LOG_ID, *only, LONGEST_INTERVAL, interval, MOST_CHAINS])
        signed = [_sign(key, *row) for row in cursor.fetchall()]
        if signed:
            _extend_global_log(cursor, key, signed, sinks)
    return len(signed)


def _sign(key: SigningKey, organization_id: UUID, epoch: int, size: int, head: Any, peaks: Sequence[Any]) -> SignedChain:
    root = fold([bytes(peak) for peak in peaks])
    said = checkpoint(origin_of(organization_id, epoch), size, root, bytes(head), datetime.now(UTC))
    return SignedChain(organization_id, epoch, size, root, bytes(head), key.sign(said.body()), os.urandom(32))


def _extend_global_log(cursor: Any, key: SigningKey, signed: Sequence[SignedChain], sinks: Sequence[str]) -> None:
    log = read_chains(cursor, [GLOBAL_LOG_ID])[GLOBAL_LOG_ID]
    now = datetime.now(UTC)
    for one in signed:
        row = [one.organization_id, one.epoch, one.size, one.root, one.head, now, one.note, one.salt, log.seq]
        cursor.execute(INSERT, row)
        _append(log, one.leaf_value())
    advance_heads([log])
    extend_tiles(cursor, [log])
    said = checkpoint(global_origin(), log.seq, log.tree.root(), log.hash, now)
    cursor.execute(INSERT_ANCHOR, [log.seq, said.root, key.sign(said.body()), list(sinks)])


def _append(log: Chain, value: bytes) -> None:
    """The global log is a tree of notes: no links, its head is the last leaf."""
    log.tree.append(value)
    log.seq, log.hash, log.sealed_us = log.seq + 1, leaf(value), log.sealed_us + 1
