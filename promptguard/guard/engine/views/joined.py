"""The joined view: letters set apart, words cut by punctuation, leetspeak and stretched letters read as
plain words.
"""

from __future__ import annotations

import re
from functools import cache
from string import ascii_lowercase

import re2

from promptguard.guard.engine.views.offsets import Edit, View, edited_view, same_length_view

_GAPS = " .\\-_*|~+/,"
_SPACED = re.compile(rf"(?<![^\W_])[^\W_](?:[{_GAPS}]{{1,3}}+[^\W_](?![^\W_])){{3,}}+")
_GAP = re.compile(rf"[{_GAPS}]+")
_CUT = re.compile(r"(?<=[A-Za-z])[.\-_*|~+^]{1,2}(?=[A-Za-z0-9])")
_STRETCHED = re.compile(r"([A-Za-z])\1{2,}+")
_LEET_WORD = re.compile(r"[A-Za-z0-9@$!|€]*+")
_LEET_TRIGGER = re.compile(r"[A-Za-z][0134578@$!|€]{1,3}[A-Za-z]|\b[0134578@$!|€][A-Za-z]{2}")
_LEET = str.maketrans("0134578@$!|€", "oieastbasile")
_LEET_AS_L = str.maketrans("0134578@$!|€", "oleastbaslle")


@cache
def _gates() -> dict[str, re2._Regexp]:
    gap = r"[ .\-_*|~+/,]{1,3}"
    leet = r"(?:[A-Za-z][0134578@$!|][^\s]|(?:^|[^\w])[0134578@$!|][A-Za-z]{2})"
    sources = {
        "spaced": rf"[\pL\pN]{gap}[\pL\pN]{gap}[\pL\pN]{gap}[\pL\pN]",
        "cut": r"(?s)[A-Za-z][.\-_*|~+^]{1,2}[A-Za-z0-9].*[A-Za-z][.\-_*|~+^]{1,2}[A-Za-z0-9]",
        "leet": f"(?s){leet}.*{leet}",
        "stretched": "(?i)" + "|".join(letter * 3 for letter in ascii_lowercase),
        "camel": r"[a-z](?:[A-Z][a-z]+){2}",
    }
    return {name: re2.compile(source) for name, source in sources.items()}


def joined_views(view: View, octets: bytes) -> list[View]:
    """Zero to two views: none for ordinary text, two when a leet `1` could be an i or an l.

    Args:
        octets: the view's text in UTF-8; linear-time gates decide from it which costlier patterns run at all.
    """
    text = view.text
    seen = {name for name, gate in _gates().items() if gate.search(octets) is not None}
    leet = "leet" in seen and len(_LEET_TRIGGER.findall(text)) >= 2
    disguised = (
        leet
        or bool(seen & {"stretched", "camel"})
        or ("cut" in seen and len(_CUT.findall(text)) >= 3)
        or ("spaced" in seen and _SPACED.search(text) is not None)
    )
    if not disguised:
        return []
    joined = view
    if leet:
        joined = _read_leet(joined, _LEET)
    joined = _join(joined)
    views = [joined]
    if leet and any(char in text for char in "1!|"):
        views.append(_join(_read_leet(view, _LEET_AS_L)))
    return views


def _read_leet(view: View, table: dict[int, int]) -> View:
    pieces, cursor = [], 0
    for word in _LEET_WORD.finditer(view.text):
        token = word.group()
        if len(token) > 1 and not token.isalpha() and any(map(str.isalpha, token)):
            pieces += [view.text[cursor : word.start()], token.translate(table)]
            cursor = word.end()
    return same_length_view("joined", "".join([*pieces, view.text[cursor:]]), view)


def _join(view: View) -> View:
    for edits in (_spaced_edits, _cut_edits, _stretched_edits):
        found = edits(view.text)
        if found:
            view = edited_view("joined", view, found)
    return view if view.name == "joined" else same_length_view("joined", view.text, view)


def _spaced_edits(text: str) -> list[Edit]:
    edits = []
    for run in _SPACED.finditer(text):
        for gap in _GAP.finditer(text, run.start(), run.end()):
            wide = len(gap.group()) >= 3 or "/" in gap.group() or "|" in gap.group()
            edits.append(Edit(gap.start(), gap.end(), " " if wide else ""))
    return edits


def _cut_edits(text: str) -> list[Edit]:
    return [Edit(cut.start(), cut.end(), "") for cut in _CUT.finditer(text)]


def _stretched_edits(text: str) -> list[Edit]:
    return [Edit(run.start() + 1, run.end(), "") for run in _STRETCHED.finditer(text)]
