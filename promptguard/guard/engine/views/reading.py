"""One text in all its views, computed once and only as far as the text gives cause for."""

from __future__ import annotations

from dataclasses import dataclass

from promptguard.guard.engine.views.canonical import canonical_view
from promptguard.guard.engine.views.ciphers import cipher_views
from promptguard.guard.engine.views.decoded import decoded_view
from promptguard.guard.engine.views.joined import joined_views
from promptguard.guard.engine.views.octets import Octets, octets_of
from promptguard.guard.engine.views.offsets import raw_view


@dataclass(frozen=True, slots=True)
class Reading:
    """A raw text and its views.

    Attributes:
        plain: views in which words stand as usual (canonical, decoded, deciphered).
        squeezed: views in which the gaps between words may be gone.
    """

    raw: str
    plain: tuple[Octets, ...]
    squeezed: tuple[Octets, ...]

    @property
    def canonical(self) -> Octets:
        """The first view: the raw text without disguises of single characters."""
        return self.plain[0]


def read(text: str) -> Reading:
    """All views of a text. Cost is linear in its length; each view is at most a small multiple of the
    text.
    """
    canonical = octets_of(canonical_view(raw_view(text)))
    decoded = decoded_view(canonical)
    plain = [canonical] if decoded is canonical else [canonical, decoded]
    plain += [octets_of(view) for view in cipher_views(decoded.view, decoded.octets)]
    return Reading(text, tuple(plain), tuple(octets_of(view) for view in joined_views(decoded)))
