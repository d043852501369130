"""The joined view: letters set apart, words cut by punctuation or run together, leetspeak and stretched letters
read as plain words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice, product
from string import ascii_lowercase

import re2

from promptguard.guard.engine.matching import Gate
from promptguard.guard.engine.views.leet import LEET, is_leet, leet_read
from promptguard.guard.engine.views.lexicon import cut_words, is_word
from promptguard.guard.engine.views.octets import Octets
from promptguard.guard.engine.views.offsets import Edit, View, edited_view, same_length_view

_GAPS = " .\\-_*|~+/,"
_SPACED = re.compile(rf"(?<![^\W_])[^\W_](?:[{_GAPS}]{{1,3}}+[^\W_](?![^\W_])){{3,}}+")
_GAP = re.compile(rf"[{_GAPS}]+")
# A text of single signs, punctuation among them: spaces join, wider gaps part words.
_LONE_SIGNS = re.compile(r"(?<!\S)\S(?: \S(?!\S))+")
_LONE_SHARE, _FEWEST_LONE = 0.6, 10
# One sign between each two others, whatever these are.
_ALTERNATING = re.compile(r"\S([-._*|~+/\\,])\S(?:\1\S){6,}")
# The sign first and what stands before it after: so `re` skips to the next sign.
_CUT = re.compile(r"[.\-_*|~+^](?<=[A-Za-z][.\-_*|~+^])[.\-_*|~+^]?(?=[A-Za-z0-9])")
_FEWEST_CUTS = 3
_STRETCHED = re.compile(r"([A-Za-z])\1{2,}+")
_LETTERS = re.compile(r"[A-Za-z]*")
_MOST_STRETCHES = 3
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_HUMPS = re.compile(r"[A-Z](?<=[a-z][A-Z])[a-z]+[A-Z][a-z]")
_LONG = 20
_GLUED, _JOINED = re.compile(rf"[A-Za-z]{{{_LONG},}}"), re.compile(r"[A-Za-z]{6,}")
# Cutting costs a microsecond for each letter: this bounds what one text can ask for.
_MOST_GLUED = 2_000


# Asked in one pass; what is longer would multiply the automaton's states.
_SHAPES = {
    "spaced": rf"(?:^|[^\pL\pN])[\pL\pN](?:[{_GAPS}]{{1,3}}[\pL\pN]){{3}}(?:[^\pL\pN]|$)",
    "cut": r"[A-Za-z][.\-_*|~+^]{1,2}[A-Za-z0-9]",
    "leet": LEET,
    "camel": r"[a-z][A-Z][a-z]",
}
_LONG_SHAPES = {
    "stretched": "(?i)" + "|".join(letter * 3 for letter in ascii_lowercase),
    "glued": r"[A-Za-z]{24}",
}


@cache
def _gate() -> Gate:
    return Gate(list(_SHAPES.values()))


@cache
def _long_shapes() -> dict[str, re2._Regexp]:
    return {name: re2.compile(shape) for name, shape in _LONG_SHAPES.items()}


# What is asked again, of the few texts in which the shape occurs at all.
_REALLY: dict[str, Callable[[Octets], bool]] = {
    "spaced": lambda octets: _SPACED.search(octets.view.text) is not None,
    "cut": lambda octets: len(list(islice(_CUT.finditer(octets.view.text), _FEWEST_CUTS))) == _FEWEST_CUTS,
    "leet": lambda octets: is_leet(octets.octets),
    "camel": lambda octets: _HUMPS.search(octets.view.text) is not None,
}


def joined_views(octets: Octets) -> list[View]:
    """The joined view, or none for ordinary text. Linear-time gates decide which costlier patterns run at all."""
    names = list(_SHAPES)
    seen = {names[number] for number in _gate().candidates(octets.octets)}
    seen = {name for name in seen if _REALLY[name](octets)}
    seen |= {name for name, shape in _long_shapes().items() if shape.search(octets.octets) is not None}
    return [_join(octets.view, seen)] if seen else []


def _join(view: View, seen: set[str]) -> View:
    joined = leet_read(view) if "leet" in seen else view
    for name, edits in _EDITS:
        if name in seen:
            found = list(edits(joined.text))
            if found:
                joined = edited_view("joined", joined, found)
    found = list(_glued_edits(joined, view, seen))
    if found:
        joined = edited_view("joined", joined, found)
    return joined if joined.name == "joined" else same_length_view("joined", joined.text, joined)


def _spaced_edits(text: str) -> Iterator[Edit]:
    tokens = text.split()
    if sum(len(token) == 1 for token in tokens) >= max(_FEWEST_LONE, _LONE_SHARE * len(tokens)):
        yield from _lone_sign_edits(text)
        return
    cursor = 0
    for run in _ALTERNATING.finditer(text):
        yield from _gap_edits(text, cursor, run.start())
        yield from (Edit(at, at + 1, "") for at in range(run.start() + 1, run.end(), 2))
        cursor = run.end()
    yield from _gap_edits(text, cursor, len(text))


def _gap_edits(text: str, start: int, end: int) -> Iterator[Edit]:
    for run in _SPACED.finditer(text, start, end):
        for gap in _GAP.finditer(text, run.start(), run.end()):
            wide = len(gap.group()) >= 3 or "/" in gap.group() or "|" in gap.group()
            yield Edit(gap.start(), gap.end(), " " if wide else "")


def _lone_sign_edits(text: str) -> Iterator[Edit]:
    for run in _LONE_SIGNS.finditer(text):
        yield from (Edit(at, at + 1, "") for at in range(run.start() + 1, run.end(), 2))


def _cut_edits(text: str) -> Iterator[Edit]:
    return (Edit(cut.start(), cut.end(), "") for cut in _CUT.finditer(text))


def _stretched_edits(text: str) -> Iterator[Edit]:
    word, runs = (0, 0), list[tuple[int, int]]()
    for run in _STRETCHED.finditer(text):
        if run.start() >= word[1]:
            yield from _shorten(text, word, runs)
            word, runs = _word_around(text, word[1], run.span()), []
        runs.append(run.span())
    yield from _shorten(text, word, runs)


def _word_around(text: str, left: int, run: tuple[int, int]) -> tuple[int, int]:
    """The letters around a run of letters, no further back than `left`."""
    start = run[0]
    while start > left and text[start - 1].isascii() and text[start - 1].isalpha():
        start -= 1
    after = _LETTERS.match(text, run[1])
    return start, after.end() if after else run[1]


def _shorten(text: str, word: tuple[int, int], runs: list[tuple[int, int]]) -> Iterator[Edit]:
    kept = _kept_letters(text, word, runs) if runs else ()
    return (Edit(start + count, end, "") for (start, end), count in zip(runs, kept, strict=True))


def _kept_letters(text: str, word: tuple[int, int], runs: list[tuple[int, int]]) -> tuple[int, ...]:
    """How many letters of each run to keep: one, or two where only that makes a word (as in `keep`)."""
    single = (1,) * len(runs)
    if len(runs) > _MOST_STRETCHES:
        return single
    for kept in product((1, 2), repeat=len(runs)):
        pieces, cursor = [], word[0]
        for (start, end), count in zip(runs, kept, strict=True):
            pieces.append(text[cursor : start + count])
            cursor = end
        if is_word("".join([*pieces, text[cursor : word[1]]]).lower()):
            return kept
    return single


def _camel_edits(text: str) -> Iterator[Edit]:
    return (Edit(hump.start(), hump.start(), " ") for hump in _CAMEL.finditer(text))


def _glued_edits(joined: View, original: View, seen: set[str]) -> Iterator[Edit]:
    """Cuts into words: of long runs of letters, and of words that lost a gap or a sign on the way here."""
    may_be_short = bool(seen & {"spaced", "cut"})
    if not may_be_short and "glued" not in seen:
        return
    left = _MOST_GLUED
    for run in (_JOINED if may_be_short else _GLUED).finditer(joined.text):
        letters = run.group()[:left].lower()
        if is_word(letters) or (len(letters) < _LONG and joined.is_kept(*run.span(), original)):
            continue
        left -= len(letters)
        yield from (Edit(run.start() + cut, run.start() + cut, " ") for cut in cut_words(letters) or ())
        if left <= 0:
            return


_EDITS: tuple[tuple[str, Callable[[str], Iterator[Edit]]], ...] = (
    ("spaced", _spaced_edits),
    ("cut", _cut_edits),
    ("stretched", _stretched_edits),
    ("camel", _camel_edits),
)
