"""The canonical view: what a reader sees and a model reads, without the characters that only hide it.

Compatibility decomposition (UAX #15, NFKD for Latin, NFKC elsewhere), marks dropped from Latin letters,
invisible and bidirectional controls dropped, Unicode tags and variation-selector payloads decoded, look-alike
letters folded inside words that mix scripts. Letter case is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from promptguard.guard.engine.views.confusables import CONFUSABLES, PICTOGRAM_LETTERS, PUNCTUATION
from promptguard.guard.engine.views.offsets import Edit, View, edited_view, same_length_view

_MAX_EXPANSION = 4
_VARIATION_RUN = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_MIXED_SCRIPT_WORD = re.compile(r"[^\W\d_]+")
_ASCII_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_LOOKALIKES = frozenset(CONFUSABLES)
_LATIN = re.compile("[A-Za-z]")
_INVISIBLE = frozenset(
    [
        0x00AD,
        0x034F,
        0x061C,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x3164,
        0xFEFF,
        0xFFA0,
        *range(0x180B, 0x1810),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        *range(0xFFF9, 0xFFFC),
        *range(0x1D173, 0x1D17B),
        *range(0xE0000, 0xE0020),
        0xE007F,
        *range(0xE0100, 0xE01F0),
        *range(0x0300, 0x0370),
        *range(0x1AB0, 0x1B00),
        *range(0x1DC0, 0x1E00),
        *range(0x20D0, 0x2100),
        *range(0xFE20, 0xFE30),
        *range(0x09),
        *range(0x0E, 0x20),
        0x7F,
    ]
)


class _Fold(dict[int, str]):
    """Lazily filled map from a code point to its canonical text; shared, and bounded by the size of
    Unicode.
    """

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_char(chr(code), code)
        return folded


def _fold_char(char: str, code: int) -> str:
    if code in _INVISIBLE:
        return ""
    if 0xD800 <= code <= 0xDFFF:
        # A lone surrogate has no UTF-8 form and would stop every matcher.
        return "?"
    if 0xE0020 <= code <= 0xE007E:
        return chr(code - 0xE0000)
    known = PUNCTUATION.get(char) or PICTOGRAM_LETTERS.get(char)
    if known:
        return known
    decomposed = unicodedata.normalize("NFKD", char)
    if decomposed[:1].isascii():
        folded = "".join(part for part in decomposed if ord(part) not in _INVISIBLE)
    else:
        folded = unicodedata.normalize("NFKC", char)
    if unicodedata.category(char) == "Zs":
        return " "
    return folded if 0 < len(folded) <= _MAX_EXPANSION else char


class _FoldOne(dict[int, str]):
    """The same where one character becomes one; every other stays as it is."""

    def __missing__(self, code: int) -> str:
        folded = _FOLD[code]
        self[code] = kept = folded if len(folded) == 1 else chr(code)
        return kept


_FOLD = _Fold()
_FOLD_ONE = _FoldOne()


def canonical_view(raw: View) -> View:
    """The canonical reading of a raw text; the raw view itself when nothing changes."""
    text = raw.text
    if text.isascii() and not _ASCII_CONTROL.search(text):
        return raw
    distinct = set(text)
    odd = {char for char in distinct if len(_FOLD[ord(char)]) != 1}
    payloads = list(_variation_payloads(text)) if odd else []
    folded = raw
    if odd:
        folded = _fold_with_edits(raw, odd, payloads)
    elif any(_FOLD[ord(char)] != char for char in distinct):
        folded = same_length_view("canonical", text.translate(_FOLD), raw)
    return _fold_lookalikes(folded)


def _fold_with_edits(raw: View, odd: set[str], payloads: list[Edit]) -> View:
    text, cursor = raw.text, 0
    edits: list[Edit] = []
    for payload in [*payloads, Edit(len(text), len(text), "")]:
        edits.extend(_odd_edits(text, cursor, payload.start, odd))
        if payload.end > payload.start:
            edits.append(payload)
        cursor = payload.end
    return edited_view("canonical", raw, edits, text.translate(_FOLD_ONE))


def _odd_edits(text: str, start: int, end: int, odd: set[str]) -> Iterator[Edit]:
    """An edit for each odd character; a run that only disappears is one."""
    gone = start
    for position in [start + at for at, char in enumerate(text[start:end]) if char in odd]:
        folded = _FOLD[ord(text[position])]
        if folded:
            yield Edit(position, position + 1, folded)
        elif position >= gone:
            gone = position + 1
            while gone < end and text[gone] in odd and not _FOLD[ord(text[gone])]:
                gone += 1
            yield Edit(position, gone, "")


def _variation_payloads(text: str) -> list[Edit]:
    payloads = []
    for run in _VARIATION_RUN.finditer(text):
        octets = bytes(_selector_value(ord(char)) for char in run.group())
        hidden = octets.decode("utf-8", "ignore")
        if hidden.isprintable() and len(hidden) * 2 >= len(octets):
            payloads.append(Edit(run.start(), run.end(), hidden))
    return payloads


def _selector_value(code: int) -> int:
    return code - 0xFE00 if code < 0xFE10 else code - 0xE0100 + 16


def _fold_lookalikes(view: View) -> View:
    text = view.text
    if _LOOKALIKES.isdisjoint(text):
        return view
    pieces, cursor, changed = [], 0, False
    latin_text = len(_LATIN.findall(text)) * 2 > sum(map(str.isalpha, text))
    for word in _MIXED_SCRIPT_WORD.finditer(text):
        folded = None if _LOOKALIKES.isdisjoint(word[0]) else _fold_word(word[0], latin_text)
        if folded is not None:
            pieces += [text[cursor : word.start()], folded]
            cursor, changed = word.end(), True
    if not changed:
        return view
    return same_length_view("canonical", "".join([*pieces, text[cursor:]]), view)


def _fold_word(word: str, latin_text: bool) -> str | None:
    foreign = [char for char in word if not char.isascii()]
    if not all(char in CONFUSABLES for char in foreign):
        return None
    if len(foreign) == len(word) and not latin_text:
        return None
    return "".join(CONFUSABLES.get(char, char) for char in word)


def hidden_characters(text: str) -> tuple[int, int, int]:
    """Counts of tag characters, of bidirectional overrides, and of characters in variation-selector runs."""
    if text.isascii():
        return 0, 0, 0
    tags = sum(1 for char in text if 0xE0020 <= ord(char) <= 0xE007E)
    overrides = sum(1 for char in text if char in "\u202d\u202e")
    selectors = sum(len(run.group()) for run in _VARIATION_RUN.finditer(text))
    return tags, overrides, selectors
