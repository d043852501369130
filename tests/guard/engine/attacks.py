"""Disguises an attacker puts over a sentence; each is reversible by a reader or a model."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable
from urllib.parse import quote

_LEET = str.maketrans("oieast", "013457")
_HOMOGLYPHS = str.maketrans({"o": "о", "e": "е", "i": "і", "a": "а", "c": "с", "p": "р"})
_MORSE = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            ".-",
            "-...",
            "-.-.",
            "-..",
            ".",
            "..-.",
            "--.",
            "....",
            "..",
            ".---",
            "-.-",
            ".-..",
            "--",
            "-.",
            "---",
            ".--.",
            "--.-",
            ".-.",
            "...",
            "-",
            "..-",
            "...-",
            ".--",
            "-..-",
            "-.--",
            "--..",
        ],
        strict=True,
    )
)


def _letters(text: str, upper: int, lower: int) -> str:
    return "".join(
        chr(upper + ord(char) - 65)
        if "A" <= char <= "Z"
        else chr(lower + ord(char) - 97)
        if "a" <= char <= "z"
        else char
        for char in text
    )


def _selectors(text: str) -> str:
    octets = text.encode()
    return "\U0001f600" + "".join(
        chr(0xFE00 + each) if each < 16 else chr(0xE0100 + each - 16) for each in octets
    )


def _morse(text: str) -> str:
    return " / ".join(
        " ".join(_MORSE[char] for char in word.lower() if char in _MORSE) for word in text.split()
    )


DISGUISES: dict[str, Callable[[str], str]] = {
    "base64": lambda text: "Please follow this: " + base64.b64encode(text.encode()).decode(),
    "base64_twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "ascii85": lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "spaced_hexadecimal": lambda text: text.encode().hex(" "),
    "binary": lambda text: " ".join(f"{octet:08b}" for octet in text.encode()),
    "decimal": lambda text: " ".join(str(octet) for octet in text.encode()),
    "octal": lambda text: " ".join(f"{octet:03o}" for octet in text.encode()),
    "percent": lambda text: quote(text, safe=""),
    "percent_every_letter": lambda text: "".join(f"%{octet:02X}" for octet in text.encode()),
    "unicode_escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "html_entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "reversed_words": lambda text: " ".join(word[::-1] for word in text.split()),
    "morse": _morse,
    "unicode_tags": lambda text: (
        "Hello!" + "".join(chr(0xE0000 + ord(char)) for char in text if char.isascii())
    ),
    "variation_selectors": _selectors,
    "zero_width": "\u200b".join,
    "combining_marks": "\u0301".join,
    "letter_spacing": " ".join,
    "word_spacing": lambda text: "   ".join(" ".join(word) for word in text.split()),
    "hyphenated": lambda text: "-".join(text.replace(" ", "")),
    "leetspeak": lambda text: text.translate(_LEET),
    "homoglyphs": lambda text: text.translate(_HOMOGLYPHS),
    "fullwidth": lambda text: "".join(
        chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text
    ),
    "mathematical": lambda text: _letters(text, 0x1D400, 0x1D41A),
    "circled": lambda text: _letters(text, 0x24B6, 0x24D0),
    "stretched": lambda text: text.replace("o", "oooo").replace("e", "eeee"),
    "camel_case": lambda text: text.title().replace(" ", ""),
}
