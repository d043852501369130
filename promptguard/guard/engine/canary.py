"""Canary tokens: a secret word planted in a prompt or document; where it turns up, something leaked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from promptguard.guard.engine.views import Reading


@dataclass(frozen=True, slots=True)
class Canary:
    """A planted token; `name` is what a finding reports, never the token."""

    name: str
    token: str


def plant(prompt: str, token: str) -> str:
    """The prompt with the token as a comment that a model has no reason to repeat."""
    return f"{prompt}\n<!-- {token} -->"


def find_canaries(canaries: tuple[Canary, ...], reading: Reading) -> Iterator[tuple[Canary, int, int]]:
    """Planted tokens in any view, decoded and deciphered ones too, with raw offsets."""
    for octets in (*reading.plain, *reading.squeezed):
        text = octets.view.text.lower()
        for canary in canaries:
            at = text.find(canary.token.lower())
            if at >= 0 and canary.token:
                yield canary, *octets.view.raw_span(at, at + len(canary.token))
