"""Hashed character and word n-grams of a text, the same in training and at run time.

Feature hashing (Weinberger et al., 2009) without a vocabulary: no training text
can be read from the weights.
"""

from __future__ import annotations

import re
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BITS = 18
DIMENSIONS = 1 << BITS
_CHAR_ORDERS = (3, 4, 5)
_WORD = re.compile(r"\w+|[^\w\s]")
_SPACE = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_CHAR_SALT, _WORD_SALT = 0x51ED2701, 0x7F4A7C15
_SHIFT = np.uint64(64 - BITS)

Indices = NDArray[np.int64]
Values = NDArray[np.float32]


def normalise(text: str) -> str:
    """Lower case, single spaces, every digit a zero."""
    return _DIGIT.sub("0", _SPACE.sub(" ", text.lower())).strip()


def hashed_features(text: str) -> tuple[Indices, Values]:
    """Sorted feature positions in a space of 2^18, and their values; each block of features has unit length.

    A feature counts once however often it occurs, so that repetition does not amplify it.
    """
    normal = normalise(text)
    blocks = [_char_block(normal), _word_block(normal)]
    indices = np.concatenate([block for block in blocks if block.size] or [np.empty(0, np.int64)])
    values = np.concatenate(
        [np.full(block.size, block.size**-0.5, np.float32) for block in blocks if block.size]
        or [np.empty(0, np.float32)]
    )
    return indices, values


def _slots(hashes: NDArray[np.uint64], salt: int) -> Indices:
    mixed = (hashes + np.uint64(salt)) * _MIX
    mixed ^= mixed >> np.uint64(31)
    return ((mixed * _PRIME) >> _SHIFT).astype(np.int64)


def _distinct(slots: Indices) -> Indices:
    present = np.zeros(DIMENSIONS, dtype=np.bool_)
    present[slots] = True
    return np.flatnonzero(present)


def _char_block(text: str) -> Indices:
    codes = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    grams = []
    rolling = codes
    for order in range(2, max(_CHAR_ORDERS) + 1):
        if codes.size < order:
            break
        rolling = rolling[:-1] * _PRIME + codes[order - 1 :]
        if order in _CHAR_ORDERS:
            grams.append(_slots(rolling, _CHAR_SALT + order))
    return _distinct(np.concatenate(grams)) if grams else np.empty(0, np.int64)


def _word_block(text: str) -> Indices:
    words = np.array(
        [crc32(word.encode("utf-8", "replace")) for word in _WORD.findall(text)], dtype=np.uint64
    )
    if not words.size:
        return np.empty(0, np.int64)
    pairs = words[:-1] * _PRIME + words[1:]
    skips = words[:-2] * _PRIME + words[2:]
    triples = pairs[:-1] * _PRIME + words[2:]
    grams = [_slots(gram, _WORD_SALT + kind) for kind, gram in enumerate((words, pairs, skips, triples))]
    return _distinct(np.concatenate(grams))
