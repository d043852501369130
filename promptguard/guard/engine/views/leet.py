"""Leetspeak: digits and signs read as the letters they look like, by which reading is a word."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice

import re2

from promptguard.guard.engine.views.lexicon import is_word
from promptguard.guard.engine.views.offsets import View, same_length_view

_SIGNS = "0134578@$!|€"
_TOKEN = re.compile(rf"[A-Za-z0-9{re.escape(_SIGNS)}]*+")
LEET = r"[A-Za-z][0134578@$!|€]{1,3}[A-Za-z]|(?:^|[^\pL\pN_])[0134578][A-Za-z]{2}|[0-9_][@$!|€][A-Za-z]{2}"
_ADDRESS = re.compile(rb"@[\w-]+\.[\w.-]*[A-Za-z]{2}")
_FEWEST = 2
_PLAIN = str.maketrans(_SIGNS, "oieastbasile")
_AS_L = str.maketrans(_SIGNS, "oleastbaslle")
# Whoever writes this share of the words so writes the short ones so as well: 4 for a, 17 for it.
_THROUGHOUT = 0.25


@cache
def _trigger() -> re2._Regexp:
    return re2.compile(LEET)


def is_leet(octets: bytes) -> bool:
    """Whether at least two words are written with digits or signs inside; mail addresses do not count."""
    found = (match for match in _trigger().finditer(octets) if not _ADDRESS.match(octets, match.start() + 1))
    return len(list(islice(found, _FEWEST))) == _FEWEST


def leet_read(view: View) -> View:
    """The view with leet words in letters, of the same length."""
    tokens = [token.group() for token in _TOKEN.finditer(view.text) if token.group()]
    mixed = {token for token in tokens if _is_mixed(token)}
    throughout = sum(token in mixed for token in tokens) >= _THROUGHOUT * len(tokens)
    # Each different word is read once, however often it stands there.
    letters = {token: _letters(token) for token in mixed}
    if throughout:
        letters |= {token: word for token in set(tokens) - mixed if (word := _short_word(token))}
    return same_length_view(
        "joined", _TOKEN.sub(lambda token: letters.get(token[0], token[0]), view.text), view
    )


def _is_mixed(token: str) -> bool:
    return len(token) > 1 and not token.isalpha() and token.lower() != token.upper()


def _letters(token: str) -> str:
    plain = token.translate(_PLAIN)
    if is_word(plain.lower()):
        return plain
    other = token.translate(_AS_L)
    return other if other != plain and is_word(other.lower()) else plain


def _short_word(token: str) -> str | None:
    """A word written in signs alone, if it is one."""
    if token.isalpha():
        return None
    letters = _letters(token)
    return letters if is_word(letters.lower()) else None
