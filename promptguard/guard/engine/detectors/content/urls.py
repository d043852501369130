# fmt: off
"""Web addresses: lists that a policy permits or forbids, and shapes that hostile links have."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from promptguard.guard.engine.matching import PatternBank
from promptguard.guard.engine.views.confusables import CONFUSABLES
from promptguard.guard.engine.views.reading import Reading

_ADDRESS = r"(?i)\b(?:(?:https?|ftp|hxxps?|file)(?::|\[:\])//|(?:javascript|vbscript):|data:[a-z]+/)[^\s\"'<>)\]}]{3,}"
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


def scan_urls(reading: Reading, blocked: frozenset[str], allowed: frozenset[str]) -> Iterator[UrlHit]:
    """Addresses that are on the blocked list, off a non-empty allowed list, or shaped like hostile ones.

    Args:
        blocked, allowed: domains in lower case; a domain covers its subdomains.
    """
    octets = reading.canonical
    if b":" not in octets.octets:
        return
    for span in _bank().spans(0, octets.octets):
        low, high = octets.char_span(*span)
        judged = judge_url(octets.view.text[low:high].rstrip(".,;:!?"), blocked, allowed)
        if judged is not None:
            yield UrlHit(*octets.view.raw_span(low, high), *judged)


def judge_url(address: str, blocked: frozenset[str], allowed: frozenset[str]) -> tuple[str, float] | None:
    """Rule and confidence for one address, or None when nothing speaks against it."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() in ("javascript", "vbscript"):
        return "script_scheme", 0.85
    if scheme.lower() in ("data", "file"):
        return None if rest.startswith("image/") else (f"{scheme.lower()}_scheme", 0.6)
    authority = rest.lstrip("/").split("/", 1)[0].split("?", 1)[0].split("#", 1)[0].lower()
    host = authority.rpartition("@")[2].partition(":")[0].rstrip(".")
    if _covers(blocked, host):
        return "blocked_domain", 0.99
    if allowed:
        return None if _covers(allowed, host) else ("domain_not_allowed", 0.95)
    return _shape(address, authority, host)


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
