"""Cipher views: text shifted through the alphabet, mirrored or reversed, opened when a telling word
shows through.
"""

from __future__ import annotations

import re
from collections import Counter
from string import ascii_lowercase, ascii_uppercase

import re2

from promptguard.guard.engine.views.offsets import Edit, View, edited_view, reversed_view, same_length_view

_WORDS = (
    "ignore previous instruction instructions prompt system reveal password secret disregard override bypass "
    "forget guidelines restrictions unfiltered confidential directives conversation everything pretend"
)
_TELLTALES = tuple(_WORDS.split())
# One of these may be chance; two under the same key are a cipher.
_COMMON = tuple(
    "that with this your from have what write about without should answer tell give please the and you are for "
    "starts provide create story information".split()
)
_CERTAIN = 2
_MAX_CIPHERS = 2


def _shift(amount: int) -> dict[int, int]:
    return str.maketrans(
        ascii_lowercase + ascii_uppercase,
        ascii_lowercase[amount:]
        + ascii_lowercase[:amount]
        + ascii_uppercase[amount:]
        + ascii_uppercase[:amount],
    )


_ATBASH = str.maketrans(ascii_lowercase + ascii_uppercase, ascii_lowercase[::-1] + ascii_uppercase[::-1])
_KEYS: dict[str, dict[int, int] | None] = {"reversed": None, "atbash": _ATBASH}
_KEYS.update({f"rot{26 - amount}": _shift(amount) for amount in range(1, 26)})


def _encipher(word: str, key: str) -> str:
    table = _KEYS[key]
    if table is None:
        return word[::-1]
    inverse = {plain: cipher for cipher, plain in table.items()}
    return word.translate(inverse)


_KEY_OF_WORD = {
    **{_encipher(word, key): (key, 1) for key in _KEYS for word in _COMMON},
    **{_encipher(word, key): (key, _CERTAIN) for key in _KEYS for word in _TELLTALES},
}
_TELLTALE = re2.compile(
    r"(?i)\b(" + "|".join(map(re.escape, sorted(_KEY_OF_WORD, key=len, reverse=True))) + r")\b"
)
_WORD = re.compile(r"\S+")


def cipher_views(view: View, octets: bytes) -> list[View]:
    """The view's text deciphered by each key that a telltale word gives away, at most two.

    Args:
        octets: the view's text in UTF-8.
    """
    weights: Counter[str] = Counter()
    seen: set[bytes] = set()
    for match in _TELLTALE.finditer(octets):
        word = match.group().lower()
        if word not in seen:
            seen.add(word)
            key, weight = _KEY_OF_WORD[word.decode()]
            weights[key] += weight
    keys = [key for key, weight in weights.most_common(_MAX_CIPHERS) if weight >= _CERTAIN]
    return [opened for key in keys for opened in _open(view, key)]


def _open(view: View, key: str) -> list[View]:
    table = _KEYS[key]
    if table is not None:
        return [same_length_view("cipher", view.text.translate(table), view)]
    edits = [Edit(word.start(), word.end(), word.group()[::-1]) for word in _WORD.finditer(view.text)]
    return [reversed_view("cipher", view), edited_view("cipher", view, edits)]
