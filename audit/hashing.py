"""The hashes of the chain (audit-design 4). Integers are big-endian and of fixed width."""

import hashlib
from uuid import UUID

PURPOSE = b"promptguard/audit/v1"
NO_PARENT = bytes(32)


def genesis(organization_id: UUID, epoch: int, parent: bytes = NO_PARENT) -> bytes:
    """The link before event 1. `parent` is 32 zero bytes, or SHA-256(old head ‖ anchored size) after a restore."""
    return hashlib.sha256(b"\x03" + PURPOSE + organization_id.bytes + epoch.to_bytes(4) + parent).digest()


def epoch_parent(old_head: bytes, anchored_size: int) -> bytes:
    """What the genesis of the next epoch commits to: where the restored copy ended and what had been anchored."""
    return hashlib.sha256(old_head + anchored_size.to_bytes(8)).digest()


def link_prefix(organization_id: UUID, epoch: int) -> bytes:
    return b"\x02" + organization_id.bytes + epoch.to_bytes(4)


def link(prefix: bytes, seq: int, sealed_us: int, previous: bytes, leaf: bytes) -> bytes:
    """SHA256(0x02 ‖ org ‖ epoch ‖ seq ‖ sealed_at in µs ‖ previous link ‖ leaf)."""
    return hashlib.sha256(prefix + seq.to_bytes(8) + sealed_us.to_bytes(8) + previous + leaf).digest()
