"""RFC 6962 Merkle trees: the compact range a writer keeps, the proofs a reader asks for.

A compact range is the list of roots of the perfect subtrees that cover `size` leaves, largest first: the set
bits of `size`. Stored subtree hashes are C2SP tiles of 256 (level 1 holds the roots of 256 leaves, and so on).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = hashlib.sha256(b"").digest()

SubtreeHash = Callable[[int, int], bytes]
"""(height, index) -> hash of the perfect subtree over leaves index·2^height … (index+1)·2^height - 1."""


def leaf(value: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + value).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """An append-only tree that remembers only its peaks.

    `finished` collects (tile level, index, hash) for each subtree of 256^level leaves that was completed.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        self.finished: list[tuple[int, int, bytes]] = []
        if len(self.peaks) != size.bit_count():
            raise ValueError("a compact range has one peak for each set bit of its size")

    def append(self, value: bytes) -> None:
        carry, rest, height = leaf(value), self.size, 0
        while rest & 1:
            carry = node(self.peaks.pop(), carry)
            rest >>= 1
            height += 1
            if height % TILE_HEIGHT == 0:
                self.finished.append((height // TILE_HEIGHT, self.size >> height, carry))
        self.peaks.append(carry)
        self.size += 1

    def root(self) -> bytes:
        return fold(self.peaks)


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    carry = peaks[-1]
    for peak in reversed(peaks[:-1]):
        carry = node(peak, carry)
    return carry


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring hashes, as many as a power of two says."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


def root_of(values: Iterable[bytes]) -> bytes:
    tree = CompactRange()
    for value in values:
        tree.append(value)
    return tree.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def range_root(subtree: SubtreeHash, start: int, end: int) -> bytes:
    """The root over leaves start … end - 1, where `start` is aligned as RFC 6962 splits ask for."""
    peaks = []
    while start < end:
        height = (end - start).bit_length() - 1
        peaks.append(subtree(height, start >> height))
        start += 1 << height
    return fold(peaks)


def inclusion_proof(subtree: SubtreeHash, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 2.1.1). Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError("the leaf is outside the tree")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(subtree, middle, end))
            end = middle
        else:
            path.append(range_root(subtree, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(subtree: SubtreeHash, old: int, new: int) -> list[bytes]:
    """Proof that the tree of `old` leaves is a prefix of the tree of `new` (RFC 6962 2.1.2). Raises ValueError."""
    if not 0 < old <= new:
        raise ValueError("sizes must satisfy 0 < old <= new")
    path = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(subtree, middle, end))
            end = middle
        else:
            path.append(range_root(subtree, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(subtree, start, end))
    return path[::-1]


def root_from_inclusion(index: int, size: int, leaf_hash: bytes, path: Sequence[bytes]) -> bytes:
    """The root that `path` leads to (RFC 9162 2.1.3.2). Raises ValueError when the path has the wrong length."""
    if not 0 <= index < size:
        raise ValueError("the leaf is outside the tree")
    carry, position, last = leaf_hash, index, size - 1
    for step in path:
        if last == 0:
            raise ValueError("the path is too long")
        if position & 1 or position == last:
            carry = node(step, carry)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            carry = node(carry, step)
        position >>= 1
        last >>= 1
    if last:
        raise ValueError("the path is too short")
    return carry


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves the old tree to be a prefix of the new one (RFC 9162 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    return _walk(old - 1, new - 1, steps) == (old_root, new_root)


def _walk(position: int, last: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    while position & 1:
        position >>= 1
        last >>= 1
    old_carry = new_carry = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old_carry, new_carry = node(step, old_carry), node(step, new_carry)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new_carry = node(new_carry, step)
        position >>= 1
        last >>= 1
    return (old_carry, new_carry) if last == 0 else None
