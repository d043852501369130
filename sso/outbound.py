"""Outbound HTTP to identity providers: pinned address, no private network, no redirect, small and quick."""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_SECONDS = 5.0
LIMIT_BYTES = 512 * 1024


class FetchFailed(Exception):
    """No usable answer; the message is for the organization's administrator and holds nothing secret."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes


def may_be_private(host: str, port: int) -> bool:
    """Whether the operator listed this provider as one of the private network, which may speak plain HTTP."""
    return f"{host}:{port}" in settings.SSO_PRIVATE_PROVIDERS or host in settings.SSO_PRIVATE_PROVIDERS


def url_objection(url: str) -> str:
    """Why we do not call this URL; empty when we do."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.fragment:
        return "must be an https URL without user name or fragment"
    if may_be_private(parts.hostname, port or (443 if parts.scheme == "https" else 80)):
        return ""
    if parts.scheme != "https":
        return "must be https"
    return "" if port in (None, 443, 8443) else "must use port 443 or 8443"


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: bytes | None = None,
    timeout_seconds: float | None = None,
    limit_bytes: int = LIMIT_BYTES,
) -> Response:
    """One request, no redirect followed. Raises FetchFailed."""
    if objection := url_objection(url):
        raise FetchFailed(f"the address {objection}")
    timeout_seconds = timeout_seconds or TIMEOUT_SECONDS
    deadline = time.monotonic() + timeout_seconds
    connection, parts = _connection(url, timeout_seconds), urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        sent = {"Host": parts.netloc, "Accept": "application/json"} | dict(headers or {})
        connection.request(method, target, body=data, headers=sent)
        return _read(connection.getresponse(), deadline, limit_bytes)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchFailed(f"no answer ({type(error).__name__})") from error
    finally:
        connection.close()


def _read(answer: http.client.HTTPResponse, deadline: float, limit_bytes: int) -> Response:
    body = bytearray()
    while chunk := answer.read1(65_536):
        body += chunk
        if len(body) > limit_bytes:
            raise FetchFailed("the answer is too large")
        if time.monotonic() > deadline:
            raise FetchFailed("the answer took too long")
    return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, bytes(body))


def _connection(url: str, timeout_seconds: float) -> http.client.HTTPConnection:
    """A connection to the one address that was looked up and found public. Raises FetchFailed."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _address(host, port)
    made = (
        http.client.HTTPSConnection(host, port, timeout=timeout_seconds, context=_tls())
        if secure
        else http.client.HTTPConnection(host, port, timeout=timeout_seconds)
    )
    # Resolved once: a name that answers differently the second time leads nowhere else.
    made._create_connection = lambda place, *rest: socket.create_connection((address, place[1]), *rest)  # type: ignore[attr-defined]
    return made


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _address(host: str, port: int) -> str:
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise FetchFailed("the name cannot be resolved") from error
    if not may_be_private(host, port) and not all(_is_public(address) for address in found):
        raise FetchFailed("the address lies in a private network")
    return found[0]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is not None:
            return embedded.is_global
        if address in ipaddress.ip_network("64:ff9b::/96") or address in ipaddress.ip_network("::/96"):
            return False
    return address.is_global and not address.is_multicast
