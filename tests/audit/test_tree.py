"""The Merkle tree against the definition of RFC 6962, written down once more as a recursion."""

import hashlib
from itertools import pairwise

import pytest

from audit import promptguard_verify, tree

VALUES = [index.to_bytes(4) for index in range(140)]


def naive_root(values: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not values:
        return hashlib.sha256(b"").digest()
    if len(values) == 1:
        return hashlib.sha256(b"\x00" + values[0]).digest()
    k = 1
    while k * 2 < len(values):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(values[:k]) + naive_root(values[k:])).digest()


def subtree(height: int, index: int) -> bytes:
    return naive_root(VALUES[index << height : index + 1 << height])


def test_roots_at_each_size() -> None:
    grown, offline = tree.CompactRange(), promptguard_verify.Tree()
    for size in range(len(VALUES)):
        assert grown.root() == offline.root() == naive_root(VALUES[:size])
        assert len(grown.peaks) == size.bit_count()
        grown.append(VALUES[size])
        offline.append(VALUES[size])


def test_an_interrupted_range_continues() -> None:
    first = tree.CompactRange()
    for value in VALUES[:37]:
        first.append(value)
    second = tree.CompactRange(37, first.peaks)
    for value in VALUES[37:]:
        second.append(value)
    assert second.root() == naive_root(VALUES)


def test_each_inclusion_proof_is_accepted_and_each_mutation_rejected() -> None:
    for size in (1, 2, 3, 7, 8, 33, 64, 100, 140):
        root = naive_root(VALUES[:size])
        for index in range(0, size, max(1, size // 11)):
            path = tree.inclusion_proof(subtree, index, size)
            leaf = tree.leaf(VALUES[index])
            assert tree.root_from_inclusion(index, size, leaf, path) == root
            assert promptguard_verify.included(index, size, leaf, path) == root
            for step in range(len(path)):
                broken = [*path[:step], bytes(32), *path[step + 1 :]]
                assert promptguard_verify.included(index, size, leaf, broken) != root
            assert promptguard_verify.included(index, size, leaf, [*path, bytes(32)]) is None
            if path:
                assert promptguard_verify.included(index, size, leaf, path[:-1]) is None


def test_consistency_between_all_sizes() -> None:
    roots = [naive_root(VALUES[:size]) for size in range(71)]
    for new in range(1, 71):
        for old in range(1, new + 1):
            path = tree.consistency_proof(subtree, old, new)
            assert tree.is_consistent(old, new, roots[old], roots[new], path)
            assert not tree.is_consistent(old, new, bytes(32), roots[new], path)
            assert not tree.is_consistent(old, new, roots[old], bytes(32), path)
            assert not tree.is_consistent(old, new, roots[old], roots[new], [*path, bytes(32)])


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5)])
def test_impossible_sizes_are_refused(old: int, new: int) -> None:
    with pytest.raises(ValueError):
        tree.consistency_proof(subtree, old, new)
    assert not tree.is_consistent(old, new, bytes(32), bytes(32), [])


def test_finished_subtrees_are_reported_once_each_in_order() -> None:
    values = [index.to_bytes(4) for index in range(256 * 3 + 5)]
    grown = tree.CompactRange()
    for value in values:
        grown.append(value)
    assert [(level, index) for level, index, _hash in grown.finished] == [(1, 0), (1, 1), (1, 2)]
    for _level, index, found in grown.finished:
        assert found == naive_root(values[index * 256 : (index + 1) * 256])
    assert all(left[1] < right[1] for left, right in pairwise(grown.finished))
