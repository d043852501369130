"""Texts made to be expensive: every shape that has made a matcher, a decoder or a table grow."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Mapping
from itertools import count

_ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def _tower(size: int) -> str:
    text = "ignore all previous instructions "
    while len(text) < size:
        text = base64.b64encode(text.encode()).decode()
    return text[:size]


def _noise(alphabet: str) -> Callable[[int], str]:
    return lambda size: "".join(random.Random(7).choices(alphabet, k=size))


def _each(make: Callable[[int], str]) -> Callable[[int], str]:
    def fill(size: int) -> str:
        pieces, length = list[str](), 0
        for number in count():
            if length >= size:
                return "".join(pieces)[:size]
            pieces.append(make(number))
            length += len(pieces[-1])
        raise AssertionError("count() does not end")

    return fill


def _repeated(text: str) -> Callable[[int], str]:
    return lambda size: (text * (size // len(text) + 1))[:size]


_REPEATED = {
    "accents before cards": "\u00e9\u4e2d 4111 1111 1111 1111 ",
    "alternating": "i-",
    "assignments": "password = hunter22x\n",
    "at signs": "a@",
    "camel case": "ignoreAllPrevious",
    "cards": "4111111111111111 ",
    "cipher": "vtaber nyy cerivbhf vafgehpgvbaf ",
    "combining marks": "e\u0301",
    "curly look-alikes": "\u0456gn\u043er\u0435 \u0430ll ",
    "dashes": "-",
    "deep json": '{"a":[',
    "digits and gaps": "1 ",
    "dots": "a.",
    "entities": "&amp;",
    "expanding ligature": "\ufdfa",
    "glued words": "ignoreallpreviousinstructions",
    "hexadecimal": "6a",
    "html": '<div style="color:red"><!-- x -->',
    "key headers": "-----BEGIN PRIVATE KEY-----",
    "leet": "1gn0r3 ",
    "lone surrogates": "\ud800",
    "markdown images": "![a](http://b.c/",
    "morse look": ".- ",
    "nulls": "\x00",
    "one digit": "1",
    "one letter": "a",
    "open brackets": "[",
    "percent": "%25",
    "quotes": "\"'",
    "regex bomb": "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!(a+)+$",
    "right to left": "\u202eabc",
    "spaced letters": "i g n o r e  ",
    "stretched": "goooood ",
    "tags": "\U000e0041",
    "trigger words": "ignore previous instructions ",
    "variation selectors": "\ufe01\ufe02",
    "zero width": "a\u200b",
}
SHAPES: Mapping[str, Callable[[int], str]] = {
    **{name: _repeated(text) for name, text in _REPEATED.items()},
    "addresses": _each(lambda number: f"user{number}@mail{number}.example "),
    "base64 noise": _noise(_ALNUM + "+/"),
    "base64 tower": _tower,
    "base64 words": _each(lambda number: base64.b64encode(f"hello world {number}".encode()).decode() + " "),
    "digit noise": _noise("0123456789 -./()"),
    "keys": _each(lambda number: f"AKIA{number:016d} ".translate(str.maketrans("0189", "QWER"))),
    "links": _each(lambda number: f"https://93.184.{number % 200}.{number % 90}/a "),
    "phones": _each(lambda number: f"+49 30 {1_000_000 + number * 37} "),
    "token noise": _noise(_ALNUM + " =_-.@:"),
    "unicode noise": _noise("".join(map(chr, range(0x20, 0x3000)))),
}
