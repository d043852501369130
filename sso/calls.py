"""Calls to identity providers, through the kernel's one way out: quick, small, only where strangers may send us."""

import ipaddress
from collections.abc import Mapping
from functools import cache

from django.conf import settings

from promptguard.core.addresses import RefusedAddress, split
from promptguard.core.http import Answer, NotReached, Outbound, outbound

TIMEOUT_SECONDS = 5.0
LIMIT_BYTES = 512 * 1024
# What an administrator is told of a call that came to nothing.
WORDS = {
    "timeout": "the answer took too long",
    "resolution": "the name cannot be resolved",
    "tls": "the certificate is not trusted, or TLS failed",
    "connection": "no answer",
}


class FetchFailed(Exception):
    """No usable answer; the message is for the organization's administrator and holds nothing secret."""


@cache
def _listed() -> Outbound:
    """For a provider that the operator lists by name: wherever it lives, and over plain HTTP."""
    everywhere = [ipaddress.ip_network(cidr) for cidr in ("0.0.0.0/0", "::/0")]
    return Outbound(allowed=everywhere, resolver=outbound().resolver)


def is_listed(host: str, port: int) -> bool:
    return bool({host, f"{host}:{port}"} & set(settings.SSO_PRIVATE_PROVIDERS))


def url_objection(url: str) -> str:
    """Why we do not call this URL, as far as its text tells; empty when we do."""
    try:
        parts, host, port = split(url)
    except RefusedAddress as error:
        return _clause(error)
    if is_listed(host, port):
        return ""
    if parts.scheme != "https":
        return "the URL must begin with https://"
    return "" if port in outbound().ports else "the URL's port is not among those allowed"


def _clause(error: RefusedAddress) -> str:
    return error.message[:1].lower() + error.message[1:].rstrip(".")


def fetch(method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
    """One request, no redirect followed; header names of the answer in lower case. Raises FetchFailed."""
    if objection := url_objection(url):
        raise FetchFailed(objection)
    _, host, port = split(url)
    client = _listed() if is_listed(host, port) else outbound()
    sent = {"Accept": "application/json"} | dict(headers or {})
    try:
        answer = client.send(
            method, url, headers=sent, body=body, seconds=TIMEOUT_SECONDS, largest_answer=LIMIT_BYTES + 1
        )
    except RefusedAddress as error:
        raise FetchFailed(_clause(error)) from error
    except NotReached as error:
        raise FetchFailed(WORDS[error.kind]) from error
    except ValueError as error:
        raise FetchFailed("a header cannot be sent") from error
    if len(answer.body) > LIMIT_BYTES:
        raise FetchFailed("the answer is too large")
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)
