"""Proofs from what is stored: subtree hashes come from tiles, the lowest 256 leaves from the events themselves."""

from typing import Any
from uuid import UUID

from audit.tree import TILE_HEIGHT, TILE_WIDTH, CompactRange, leaf, node, perfect_root

LINKS = """
SELECT seq, hash FROM audit_event WHERE org_id = %s AND epoch = %s AND seq > %s AND seq <= %s
UNION SELECT seq, hash FROM audit_event_held WHERE org_id = %s AND epoch = %s AND seq > %s AND seq <= %s ORDER BY seq
"""
TILE = "SELECT data FROM audit_tile WHERE org_id = %s AND epoch = %s AND level = %s AND index = %s"
NEAREST_PRUNE = """
SELECT to_seq, tree_state FROM audit_prune WHERE org_id = %s AND epoch = %s AND to_seq > %s AND to_seq <= %s
ORDER BY to_seq DESC LIMIT 1
"""
GLOBAL_LEAVES = """
SELECT global_index, salt, org_id, note FROM audit_checkpoint WHERE global_index >= %s AND global_index < %s
ORDER BY global_index
"""


class Pruned(LookupError):
    """The events that a proof needs are gone."""


class TreeReader:
    """The Merkle tree of one epoch, read on demand; each tile and block is read once."""

    def __init__(self, cursor: Any, organization_id: UUID, epoch: int) -> None:
        self._cursor, self._place = cursor, (organization_id, epoch)
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._blocks: dict[int, list[bytes]] = {}

    def subtree(self, height: int, index: int) -> bytes:
        """The root over the leaves index·2^height … (index + 1)·2^height - 1. Raises Pruned."""
        level, rest = divmod(height, TILE_HEIGHT)
        if level == 0:
            return self._in_block(height, index)
        if row := self._entries(level, index << rest, 1 << rest):
            return perfect_root(row)
        return node(self.subtree(height - 1, index * 2), self.subtree(height - 1, index * 2 + 1))

    def _entries(self, level: int, first: int, count: int) -> list[bytes]:
        """Neighbours in one tile; nothing where one of them is not stored."""
        tile, offset = divmod(first, TILE_WIDTH)
        if (level, tile) not in self._tiles:
            self._cursor.execute(TILE, [*self._place, level, tile])
            row = self._cursor.fetchone()
            self._tiles[level, tile] = bytes(row[0]) if row else b""
        stored = self._tiles[level, tile][offset * 32 : (offset + count) * 32]
        return [stored[at : at + 32] for at in range(0, len(stored), 32)] if len(stored) == count * 32 else []

    def _in_block(self, height: int, index: int) -> bytes:
        block, start = divmod(index << height, TILE_WIDTH)
        if block not in self._blocks:
            self._blocks[block] = self.leaves(block * TILE_WIDTH, (block + 1) * TILE_WIDTH)
        hashes = self._blocks[block][start : start + (1 << height)]
        if len(hashes) < 1 << height:
            raise Pruned("the events below this proof are no longer kept")
        return perfect_root(hashes)

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Leaf hashes start … end - 1, as far as there are any without a hole."""
        window = (*self._place, start, end)
        self._cursor.execute(LINKS, [*window, *window])
        found = []
        for expected, (seq, link) in enumerate(self._cursor.fetchall(), start + 1):
            if seq != expected:
                break
            found.append(leaf(bytes(link)))
        return found

    def peaks(self, size: int) -> list[bytes]:
        """The compact range at `size`, also where earlier events have been pruned. Raises Pruned."""
        base = size - size % TILE_WIDTH
        self._cursor.execute(NEAREST_PRUNE, [*self._place, base, size])
        if row := self._cursor.fetchone():
            base, peaks = row[0], [bytes(peak) for peak in row[1]]
        else:
            peaks = [self.subtree(bit, (base >> bit) - 1) for bit in _bits(base)]
        tree = CompactRange(base, peaks)
        window = (*self._place, base, size)
        self._cursor.execute(LINKS, [*window, *window])
        for seq, link in self._cursor.fetchall():
            if seq != tree.size + 1:
                raise Pruned("events that are no longer kept lie in between")
            tree.append(bytes(link))
        if tree.size != size:
            raise Pruned("the events are no longer kept")
        return tree.peaks


def _bits(size: int) -> list[int]:
    return [bit for bit in reversed(range(size.bit_length())) if size >> bit & 1]


class GlobalTreeReader(TreeReader):
    """The log over all checkpoints; its leaves are salted notes."""

    def leaves(self, start: int, end: int) -> list[bytes]:
        self._cursor.execute(GLOBAL_LEAVES, [start, end])
        return [
            leaf(bytes(salt) + organization_id.bytes + note.encode())
            for _index, salt, organization_id, note in self._cursor.fetchall()
        ]
