"""The decoded view: encodings replaced in place by the text they carry, so that surrounding words keep
their context.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote_to_bytes

from promptguard.guard.engine.matching import Gate, PatternBank
from promptguard.guard.engine.views.canonical import canonical_view
from promptguard.guard.engine.views.octets import Octets, octets_of
from promptguard.guard.engine.views.offsets import Edit, edited_view

_DEPTH = 3
_MORSE = {
    ".-": "a",
    "-...": "b",
    "-.-.": "c",
    "-..": "d",
    ".": "e",
    "..-.": "f",
    "--.": "g",
    "....": "h",
    "..": "i",
    ".---": "j",
    "-.-": "k",
    ".-..": "l",
    "--": "m",
    "-.": "n",
    "---": "o",
    ".--.": "p",
    "--.-": "q",
    ".-.": "r",
    "...": "s",
    "-": "t",
    "..-": "u",
    "...-": "v",
    ".--": "w",
    "-..-": "x",
    "-.--": "y",
    "--..": "z",
    **dict(
        zip(
            ["-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----."],
            "0123456789",
            strict=True,
        )
    ),
}
_SIMPLE_ESCAPES = {"n": "\n", "r": "\n", "t": "\t", '"': '"', "'": "'", "/": "/"}
_URL_SAFE = str.maketrans("-_", "+/")


def _entity(blob: str) -> str | None:
    decoded = html.unescape(blob)
    return decoded if decoded != blob else None


def _percent(blob: str) -> str | None:
    try:
        return unquote_to_bytes(blob).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _escape(blob: str) -> str | None:
    if blob[1] in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[blob[1]]
    code = int(blob[2:].strip("{}"), 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else None


def _readable(octets: bytes) -> str | None:
    """The text if these octets read like language: valid UTF-8, mostly letters and spaces, nothing
    unprintable.
    """
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    plain = sum(1 for char in text if char.isalnum() or char in " \n\t.,'-@")
    if len(text) < 4 or plain < 0.8 * len(text):
        return None
    return text if all(char.isprintable() or char in "\r\n\t" for char in text) else None


def _base64(blob: str) -> str | None:
    packed = "".join(blob.split()).rstrip("=").translate(_URL_SAFE)
    if len(packed) % 4 == 1:
        packed = packed[:-1]
    if packed.isdigit() or (packed.isalpha() and (packed.islower() or packed.isupper())):
        return None
    try:
        return _readable(base64.b64decode(packed + "=" * (-len(packed) % 4)))
    except (binascii.Error, ValueError):
        return None


def _base32(blob: str) -> str | None:
    packed = blob.rstrip("=")
    try:
        return _readable(base64.b32decode(packed + "=" * (-len(packed) % 8)))
    except (binascii.Error, ValueError):
        return None


def _ascii85(blob: str) -> str | None:
    try:
        return _readable(base64.a85decode(blob, adobe=True))
    except (binascii.Error, ValueError):
        return None


def _hexadecimal(blob: str) -> str | None:
    digits = re.sub(r"0x|\\x|[^0-9A-Fa-f]", "", blob)
    return _readable(bytes.fromhex(digits)) if len(digits) % 2 == 0 else None


def _radix(radix: int, width: int | None) -> Callable[[str], str | None]:
    def decode(blob: str) -> str | None:
        words = re.split(r"[ ,;]+", blob.strip())
        if width and any(len(word) > width for word in words):
            joined = "".join(words)
            words = [joined[at : at + width] for at in range(0, len(joined), width)]
        values = [int(word, radix) for word in words if word]
        return _readable(bytes(values)) if all(value < 256 for value in values) else None

    return decode


def _morse(blob: str) -> str | None:
    words = re.split(r" ?[/|] ?| {2,}", blob.strip())
    letters = [[_MORSE.get(code) for code in word.split(" ") if code] for word in words]
    if any(letter is None for word in letters for letter in word):
        return None
    decoded = " ".join("".join(filter(None, word)) for word in letters)
    return decoded if len(decoded) >= 5 else None


@dataclass(frozen=True, slots=True)
class _Codec:
    """An encoding without a sign of its own.

    Attributes:
        piece: a smaller shape in every match, to ask first.
        shape: RE2 source. Where a match could begin inside of a longer run, it begins with the border and has the
            value as its group.
        before, after: what may not stand right before or after it, as a class of `re`.
    """

    piece: str
    shape: str
    decode: Callable[[str], str | None]
    before: str = ""
    after: str = ""


# Marked by a sign of their own; what stands around them does not matter.
_MARKED: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
    ("&", re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,10});"), _entity),
    ("%", re.compile(r"(?:%[0-9A-Fa-f]{2})++"), _percent),
    (
        "\\",
        re.compile(
            r"\\u\{[0-9a-fA-F]{1,6}\}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\[nrt\"'/]"
        ),
        _escape,
    ),
    ("<~", re.compile(r"<~[!-uz\s]{8,4000}+~>"), _ascii85),
)
# Earlier ones win where two overlap.
_CODECS = (
    _Codec(r"[01]{8}[ ,]?[01]{8}", r"(?:^|[^01])([01]{8}(?:[ ,]?[01]{8}){3,})", _radix(2, 8), after="[01]"),
    _Codec(
        r"(?:[0-9A-Fa-f]{2}[ :,]{0,2}(?:0x|\\x)?){8}",
        r"(?:^|[^0-9A-Za-z])((?:0x|\\x)?[0-9A-Fa-f]{2}(?:[ :,]{0,2}(?:0x|\\x)?[0-9A-Fa-f]{2}){7,})",
        _hexadecimal,
        after="[0-9A-Za-z]",
    ),
    _Codec(
        r"(?:[01][0-7]{2}[ ,]{1,2}){5}",
        r"(?:^|[^\pL\pN_.])([01][0-7]{2}(?:[ ,]{1,2}[01][0-7]{2}){5,})",
        _radix(8, None),
        after=r"[\w.]",
    ),
    _Codec(
        r"(?:\d{2,3}[ ,;]{1,2}){6}",
        r"(?:^|[^\pL\pN_.])(\d{2,3}(?:[ ,;]{1,2}\d{2,3}){6,})",
        _radix(10, None),
        after=r"[\w.]",
    ),
    _Codec(
        r"[A-Za-z0-9+/_-]{12}",
        r"(?:[A-Za-z0-9+/_-]{12,}\r?\n)*[A-Za-z0-9+/_-]{12,}={0,2}",
        _base64,
        before="[A-Za-z0-9+/=_-]",
    ),
    _Codec(r"[A-Z2-7]{16}", r"[A-Z2-7]{16,}={0,6}", _base32, before="[A-Za-z0-9]"),
    _Codec(
        r"(?:[.-]{1,6}[ /|]{1,3}){5}",
        r"(?:^|[^.\pL\pN_-])([.-]{1,6}(?:(?: ?[/|] ?| {1,3})[.-]{1,6}){5,})",
        _morse,
        after=r"\w",
    ),
)


@cache
def _gate() -> Gate:
    return Gate([codec.piece for codec in _CODECS])


@cache
def _bank() -> PatternBank:
    return PatternBank([codec.shape for codec in _CODECS])


def decoded_view(canonical: Octets) -> Octets:
    """The view with every readable encoding opened, nested ones up to three levels; the same view when
    there is none.
    """
    found = canonical
    for _ in range(_DEPTH):
        edits = _edits(found)
        if not edits:
            break
        found = octets_of(canonical_view(edited_view("decoded", found.view, edits)))
    return found


def _edits(octets: Octets) -> list[Edit]:
    text, found = octets.view.text, list[Edit]()
    for sign, pattern, decode in _MARKED:
        if sign in text:
            found += _decoded(text, (match.span() for match in pattern.finditer(text)), decode)
    for number in _gate().candidates(octets.octets):
        found += _decoded(text, _standing_alone(octets, number), _CODECS[number].decode)
    return _without_overlaps(found)


def _standing_alone(octets: Octets, number: int) -> Iterator[tuple[int, int]]:
    codec, text = _CODECS[number], octets.view.text
    for span in _bank().spans(number, octets.octets):
        start, end = octets.char_span(*span)
        joins = codec.before and start and re.match(codec.before, text[start - 1])
        if not joins and not (codec.after and re.match(codec.after, text[end : end + 1])):
            yield start, end


def _decoded(
    text: str, spans: Iterable[tuple[int, int]], decode: Callable[[str], str | None]
) -> Iterator[Edit]:
    for start, end in spans:
        decoded = decode(text[start:end])
        if decoded is not None:
            yield Edit(start, end, decoded)


def _without_overlaps(edits: list[Edit]) -> list[Edit]:
    chosen: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not chosen or edit.start >= chosen[-1].end:
            chosen.append(edit)
    return chosen
