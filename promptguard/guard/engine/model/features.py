"""Hashed character and word n-grams of a text, the same in training and at run time.

Feature hashing (Weinberger et al., 2009) without a vocabulary: no training text
can be read from the weights.
"""

from __future__ import annotations

import re
from functools import cache
from threading import local

import numpy as np
from numpy.typing import NDArray

BITS = 18
DIMENSIONS = 1 << BITS
_CHAR_ORDERS = (3, 4, 5)
_DIGIT = re.compile(r"\d")
_ASCII_DIGITS = bytes(ord("0") if chr(octet).isdigit() and octet < 128 else octet for octet in range(256))
_PRIME, _MIX = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)
_INVERSE = np.uint32(pow(0x9E3779B1, -1, 1 << 32))
_SALT = 0x51ED2701
_SHIFT = np.uint32(32 - BITS)
_HALF = np.uint32(15)
_SPACE = ord(" ")
# Seven kinds of grams for each character stay below what sixteen bits can count.
_MOST_CHARS = 9_000
_ORDER = np.arange(1 << 16, dtype=np.uint16)

Hashes = NDArray[np.uint32]
Indices = NDArray[np.intp]
Values = NDArray[np.float32]


class _Scratch(local):
    """One slot per feature, for telling the first sight of a feature from the next; never cleared."""

    def __init__(self) -> None:
        self.seen = np.empty(DIMENSIONS, np.uint16)


_SCRATCH = _Scratch()


def normalise(text: str) -> str:
    """Lower case, single spaces, every digit a zero."""
    spaced = " ".join(text.lower().split())
    if spaced.isascii():
        return spaced.encode().translate(_ASCII_DIGITS).decode()
    return _DIGIT.sub("0", spaced)


def hashed_features(text: str) -> tuple[Indices, Values]:
    """Positions of a text's features in a space of 2^18, each once, and their values; characters' and words' features
    have unit length each.

    A feature counts once however often it occurs, so that repetition does not amplify it. Reads 9,000 characters.
    """
    codes = _codes(f" {normalise(text)[:_MOST_CHARS]} ")
    chars, words = _char_grams(codes), _word_grams(codes)
    mixed = np.concatenate([gram + np.uint32(_SALT + kind) for kind, gram in enumerate((*chars, *words))])
    mixed *= _MIX
    mixed ^= mixed >> _HALF
    mixed *= _PRIME
    slots = (mixed >> _SHIFT).astype(np.intp)
    order = _ORDER[: slots.size]
    _SCRATCH.seen[slots] = order
    is_last = _SCRATCH.seen[slots] == order
    of_chars = int(np.count_nonzero(is_last[: sum(map(len, chars))]))
    distinct = slots[is_last]
    values = np.full(distinct.size, max(of_chars, 1) ** -0.5, np.float32)
    values[of_chars:] = max(distinct.size - of_chars, 1) ** -0.5
    return distinct, values


def _codes(text: str) -> Hashes:
    if text.isascii():
        return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.uint32)
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)


def _char_grams(codes: Hashes) -> tuple[Hashes, ...]:
    grams = []
    rolling = codes
    for order in range(2, max(_CHAR_ORDERS) + 1):
        rolling = rolling[:-1] * _PRIME + codes[order - 1 :] if codes.size >= order else codes[:0]
        if order in _CHAR_ORDERS:
            grams.append(rolling)
    return tuple(grams)


def _word_grams(codes: Hashes) -> tuple[Hashes, ...]:
    words = _word_hashes(codes)
    pairs = words[:-1] * _PRIME + words[1:]
    skips = words[:-2] * _PRIME + words[2:]
    triples = pairs[:-1] * _PRIME + words[2:]
    return words, pairs, skips, triples


def _word_hashes(codes: Hashes) -> Hashes:
    """One polynomial hash for each word, and for each sign that is neither of a word nor a space."""
    in_word = _in_word(codes)
    sign = ~in_word & (codes != _SPACE)
    starts = np.flatnonzero(sign[1:-1] | (in_word[1:-1] & ~in_word[:-2])) + 1
    ends = np.flatnonzero(sign[1:-1] | (in_word[1:-1] & ~in_word[2:])) + 2
    powers, inverses = _powers(1 << codes.size.bit_length())
    sums = np.zeros(codes.size + 1, np.uint32)
    np.cumsum(codes * powers[: codes.size], out=sums[1:], dtype=np.uint32)
    return (sums[ends] - sums[starts]) * inverses[starts]


@cache
def _powers(size: int) -> tuple[Hashes, Hashes]:
    return tuple(np.cumprod(np.full(size, step, np.uint32), dtype=np.uint32) for step in (_PRIME, _INVERSE))  # type: ignore[return-value]


@cache
def _ascii_words() -> NDArray[np.bool_]:
    return np.array([chr(code).isalnum() or code == ord("_") for code in range(128)])


def _in_word(codes: Hashes) -> NDArray[np.bool_]:
    if codes.max() < 128:
        return _ascii_words()[codes]
    distinct, positions = np.unique(codes, return_inverse=True)
    return np.array([chr(code).isalnum() or code == ord("_") for code in distinct.tolist()])[positions]
