"""Hashed character and word n-grams of a text, the same in training and at run time.

Feature hashing (Weinberger et al., 2009) without a vocabulary: no training text
can be read from the weights.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from threading import local

import numpy as np
from numpy.typing import NDArray

BITS = 18
DIMENSIONS = 1 << BITS
_CHAR_ORDERS = (3, 4, 5)
_DIGIT = re.compile(r"\d")
_ASCII_DIGITS = bytes(ord("0") if chr(octet).isdigit() and octet < 128 else octet for octet in range(256))
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_CHAR_SALT, _WORD_SALT = 0x51ED2701, 0x7F4A7C15
_SHIFT = np.uint64(64 - BITS)
_SPACE = ord(" ")

Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
Values = NDArray[np.float32]


class _Scratch(local):
    """One slot per feature, for telling the first sight of a feature from the next; never cleared."""

    def __init__(self) -> None:
        self.seen = np.empty(DIMENSIONS, np.int32)


_SCRATCH = _Scratch()


def normalise(text: str) -> str:
    """Lower case, single spaces, every digit a zero."""
    spaced = " ".join(text.lower().split())
    if spaced.isascii():
        return spaced.encode().translate(_ASCII_DIGITS).decode()
    return _DIGIT.sub("0", spaced)


def hashed_features(text: str) -> tuple[Indices, Values]:
    """Positions of a text's features in a space of 2^18, each once, and their values; each block has unit length.

    A feature counts once however often it occurs, so that repetition does not amplify it.
    """
    normal = f" {normalise(text)} "
    codes = np.frombuffer(normal.encode("utf-32-le", "replace"), dtype=np.uint32)
    blocks = [block for block in (_char_block(codes), _word_block(codes)) if block.size]
    if not blocks:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    sizes = np.array([block.size for block in blocks])
    return np.concatenate(blocks), np.repeat((sizes**-0.5).astype(np.float32), sizes)


def _slots(grams: Sequence[Hashes], salt: int) -> Indices:
    """The distinct positions of several kinds of grams, each kind with a salt of its own."""
    mixed = np.concatenate([gram + np.uint64(salt + kind) for kind, gram in enumerate(grams)])
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(31)
    mixed *= _PRIME
    slots = (mixed >> _SHIFT).view(np.int64)
    order = np.arange(slots.size, dtype=np.int32)
    _SCRATCH.seen[slots] = order
    distinct: Indices = slots[_SCRATCH.seen[slots] == order]
    return distinct


def _char_block(codes: Codes) -> Indices:
    grams = []
    rolling = wide = codes.astype(np.uint64)
    for order in range(2, max(_CHAR_ORDERS) + 1):
        if codes.size < order:
            break
        rolling = rolling[:-1] * _PRIME + wide[order - 1 :]
        if order in _CHAR_ORDERS:
            grams.append(rolling)
    return _slots(grams, _CHAR_SALT) if grams else np.empty(0, np.int64)


def _word_block(codes: Codes) -> Indices:
    words = _word_hashes(codes)
    if not words.size:
        return np.empty(0, np.int64)
    pairs = words[:-1] * _PRIME + words[1:]
    skips = words[:-2] * _PRIME + words[2:]
    triples = pairs[:-1] * _PRIME + words[2:]
    return _slots((words, pairs, skips, triples), _WORD_SALT)


def _word_hashes(codes: Codes) -> Hashes:
    """One polynomial hash for each word, and for each sign that is neither of a word nor a space."""
    in_word = _in_word(codes)
    sign = ~in_word & (codes != _SPACE)
    starts = np.flatnonzero(sign[1:-1] | (in_word[1:-1] & ~in_word[:-2])) + 1
    ends = np.flatnonzero(sign[1:-1] | (in_word[1:-1] & ~in_word[2:])) + 2
    powers, inverses = _powers(1 << codes.size.bit_length())
    sums = np.zeros(codes.size + 1, np.uint64)
    np.cumsum(codes.astype(np.uint64) * powers[: codes.size], out=sums[1:])
    return (sums[ends] - sums[starts]) * inverses[starts]


@cache
def _powers(size: int) -> tuple[Hashes, Hashes]:
    return tuple(np.cumprod(np.full(size, step, np.uint64)) for step in (_PRIME, _INVERSE))  # type: ignore[return-value]


@cache
def _ascii_words() -> NDArray[np.bool_]:
    return np.array([chr(code).isalnum() or code == ord("_") for code in range(128)])


def _in_word(codes: Codes) -> NDArray[np.bool_]:
    if codes.max() < 128:
        return _ascii_words()[codes]
    distinct, positions = np.unique(codes, return_inverse=True)
    return np.array([chr(code).isalnum() or code == ord("_") for code in distinct.tolist()])[positions]
