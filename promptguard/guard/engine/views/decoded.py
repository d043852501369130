"""The decoded view: encodings replaced in place by the text they carry, so that surrounding words keep
their context.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from functools import cache
from urllib.parse import unquote_to_bytes

import re2

from promptguard.guard.engine.views.canonical import canonical_view
from promptguard.guard.engine.views.offsets import Edit, View, edited_view

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
    if packed.isalpha() and (packed.islower() or packed.isupper()):
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


# (cheap gate, pattern, decoder); earlier ones win where two overlap. Possessive quantifiers keep each one
# linear.
_CODECS: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
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
    ("", re.compile(r"(?<![01])[01]{8}(?:[ ,]?[01]{8}){3,}+(?![01])"), _radix(2, 8)),
    (
        "",
        re.compile(
            r"(?<![0-9A-Za-z])(?:0x|\\x)?[0-9A-Fa-f]{2}"
            r"(?:[ :,]{0,2}+(?:0x|\\x)?[0-9A-Fa-f]{2}){7,}+(?![0-9A-Za-z])"
        ),
        _hexadecimal,
    ),
    ("", re.compile(r"(?<![\w.])[01][0-7]{2}(?:[ ,]{1,2}+[01][0-7]{2}){5,}+(?![\w.])"), _radix(8, None)),
    ("", re.compile(r"(?<![\w.])\d{2,3}(?:[ ,;]{1,2}+\d{2,3}){6,}+(?![\w.])"), _radix(10, None)),
    (
        "",
        re.compile(r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/_-]{12,}+\r?\n)*[A-Za-z0-9+/_-]{12,}+={0,2}"),
        _base64,
    ),
    ("", re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{16,}+={0,6}"), _base32),
    ("", re.compile(r"(?<![.\w-])[.-]{1,6}+(?:(?: ?[/|] ?| {1,3})[.-]{1,6}+){5,}+(?![\w])"), _morse),
)
# Cheap linear-time questions, in the order of the codecs without a literal gate.
_GATES = (
    r"[01]{8}[ ,]?[01]{8}",
    r"(?:[0-9A-Fa-f]{2}[ :,]{0,2}(?:0x|\\x)?){8}",
    r"(?:[01][0-7]{2}[ ,]{1,2}){5}",
    r"(?:\d{2,3}[ ,;]{1,2}){6}",
    r"[A-Za-z0-9+/_-]{12}",
    r"[A-Z2-7]{16}",
    r"(?:[.-]{1,6}[ /|]{1,3}){5}",
)


@cache
def _gates() -> tuple[re2._Regexp, ...]:
    return tuple(re2.compile(gate) for gate in _GATES)


def decoded_view(view: View) -> View:
    """The view with every readable encoding opened, nested ones up to three levels; the same view when
    there is none.
    """
    for _ in range(_DEPTH):
        edits = _edits(view.text)
        if not edits:
            break
        view = canonical_view(edited_view("decoded", view, edits))
    return view


def _edits(text: str) -> list[Edit]:
    octets = text.encode("utf-8", "replace")
    gates = iter(_gates())
    found: list[Edit] = []
    for literal, pattern, decode in _CODECS:
        if literal not in text if literal else next(gates).search(octets) is None:
            continue
        for match in pattern.finditer(text):
            decoded = decode(match.group())
            if decoded is not None:
                found.append(Edit(match.start(), match.end(), decoded))
    return _without_overlaps(found)


def _without_overlaps(edits: list[Edit]) -> list[Edit]:
    chosen: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not chosen or edit.start >= chosen[-1].end:
            chosen.append(edit)
    return chosen
