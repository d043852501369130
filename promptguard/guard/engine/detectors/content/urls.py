# fmt: off
"""Web addresses: lists that a policy permits or forbids, and shapes that hostile links have."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

from promptguard.guard.engine.matching import PatternBank
from promptguard.guard.engine.views.confusables import CONFUSABLES
from promptguard.guard.engine.views.reading import Reading

_ADDRESS = (
    r"(?i)\b(?:(?:https?|ftp|hxxps?|file)(?::|\[:\])[/\\]{2}|(?:javascript|vbscript):|data:[a-z]+/|www\.)"
    r"(?:\[\.\]|[^\s\"'<>)\]}]){3,}"
)
# RFC 1035, 2.3.4; internationalised names in their ASCII form. One label alone may be a host of a network's own.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
_LOOKALIKES = frozenset(CONFUSABLES)
_SHORTENERS = frozenset(
    [
        "bit.ly",
        "tinyurl.com",
        "t.co",
        "goo.gl",
        "is.gd",
        "ow.ly",
        "cutt.ly",
        "rb.gy",
        "shorturl.at",
        "tiny.cc",
    ]
)
_COLLECTORS = frozenset(
    [
        "webhook.site",
        "requestbin.com",
        "requestbin.net",
        "pipedream.net",
        "ngrok.io",
        "ngrok-free.app",
        "ngrok.app",
        "oast.fun",
        "burpcollaborator.net",
        "oastify.com",
        "oast.pro",
        "interact.sh",
        "beeceptor.com",
        "hookbin.com",
        "serveo.net",
        "trycloudflare.com",
    ]
)
_PUNCTUATION = ".,;:!?"
_RISKY_SUFFIXES = (".zip", ".mov", ".tk", ".ml", ".ga", ".cf", ".gq", ".top", ".xyz", ".click", ".onion")
_BRANDS = (
    "paypal",
    "apple",
    "microsoft",
    "google",
    "amazon",
    "netflix",
    "bankofamerica",
    "chase",
    "facebook",
)
_EXECUTABLE = (".exe", ".scr", ".hta", ".vbs", ".ps1", ".jar", ".apk", ".msi", ".bat", ".lnk", ".iso")


class UrlHit(NamedTuple):
    """A suspicious or forbidden address in the raw text."""

    start: int
    end: int
    rule_id: str
    confidence: float


@cache
def _bank() -> PatternBank:
    return PatternBank([_ADDRESS])


def domain_name(text: str) -> str:
    """A domain as the lists hold it: lower-case ASCII without a leading wildcard or a final dot.

    Raises:
        ValueError: an address, a path, an empty label, or anything else that is not a domain.
    """
    name = _ascii(text.strip().lower().removeprefix("*.").rstrip("."))
    if not _DOMAIN.match(name):
        raise ValueError("not a domain name")
    return name


def _ascii(host: str) -> str:
    """The A-label form (RFC 5891), in which two spellings of one host are equal; what has none stays as it is."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _has_no_scheme(address: str) -> bool:
    return address[:4].lower() == "www."


def _authority(address: str) -> str:
    """What a browser takes for user and host (WHATWG URL): a backslash ends it as a slash does."""
    rest = address if _has_no_scheme(address) else address.partition(":")[2].removeprefix("]").lstrip("/\\")
    return re.split(r"[/\\?#]", rest, maxsplit=1)[0].lower()


def _host(address: str) -> str:
    host = unquote(_authority(address).rpartition("@")[2]).partition(":")[0].rstrip(".")
    return _ascii(host.replace("[.]", "."))


def scan_urls(reading: Reading, blocked: frozenset[str], allowed: frozenset[str]) -> Iterator[UrlHit]:
    """Addresses that are on the blocked list, off a non-empty allowed list, or shaped like hostile ones.

    Args:
        blocked, allowed: domains as `domain_name` returns them; a domain covers its subdomains.
    """
    octets = reading.canonical
    if b":" not in octets.octets and b"www." not in octets.octets.lower():
        return
    for span in _bank().spans(0, octets.octets):
        low, high = octets.char_span(*span)
        start, end = octets.view.raw_span(low, high)
        folded = octets.view.text[low:high].rstrip(_PUNCTUATION)
        judged = judge_url(folded, blocked, allowed, written=reading.raw[start:end].rstrip(_PUNCTUATION))
        if judged is not None:
            yield UrlHit(start, end, *judged)


def judge_url(
    address: str, blocked: frozenset[str], allowed: frozenset[str], *, written: str | None = None
) -> tuple[str, float] | None:
    """Rule and confidence for one address, or None when nothing speaks against it.

    Args:
        written: the address before look-alike letters were folded: only that one can be on the allowed list.
    """
    scheme, _, rest = address.partition(":")
    if scheme.lower() in ("javascript", "vbscript"):
        return "script_scheme", 0.85
    if scheme.lower() in ("data", "file"):
        return None if rest.startswith("image/") else (f"{scheme.lower()}_scheme", 0.6)
    host, host_as_written = _host(address), _host(address if written is None else written)
    if _covers(blocked, host) or _covers(blocked, host_as_written):
        return "blocked_domain", 0.99
    if allowed:
        return None if _covers(allowed, host_as_written) else ("domain_not_allowed", 0.95)
    if _has_no_scheme(address):
        return None
    return _shape(address, _authority(address), host)


def _covers(domains: frozenset[str], host: str) -> bool:
    while host and domains:
        if host in domains:
            return True
        host = host.partition(".")[2]
    return False


def _shape(address: str, authority: str, host: str) -> tuple[str, float] | None:
    if "@" in authority and ":" not in authority.rpartition("@")[0]:
        return "misleading_userinfo", 0.85
    if _covers(_COLLECTORS, host):
        return "data_collector", 0.85
    if host.startswith("xn--") or ".xn--" in host or not _LOOKALIKES.isdisjoint(host):
        return "lookalike_domain", 0.7
    if _is_public_address(host):
        return "raw_address", 0.6
    if host in _SHORTENERS:
        return "shortened_link", 0.4
    if any(brand in host and not _owns(host, brand) for brand in _BRANDS):
        return "brand_in_foreign_domain", 0.75
    if address.lower().partition("?")[0].endswith(_EXECUTABLE):
        return "executable_download", 0.65
    return ("risky_suffix", 0.45) if host.endswith(_RISKY_SUFFIXES) else None


def _is_public_address(host: str) -> bool:
    if not host[-1:].isdigit():
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _owns(host: str, brand: str) -> bool:
    labels = host.split(".")
    registered = (
        labels[-3] if len(labels) > 2 and len(labels[-2]) <= 3 else labels[-2] if len(labels) > 1 else host
    )
    return brand == registered or registered.startswith(
        (f"{brand}usercontent", f"{brand}apis", f"{brand}aws")
    )
