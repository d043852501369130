"""The only way out: HTTP to addresses that strangers chose, without becoming their hands inside the network.

A name is resolved once, every address it has must be public, and the connection goes to the address that was
checked (no DNS rebinding); redirects are never followed, proxies of the environment never used. `requests-hardened`
cannot be told which resolver to use, lets `::127.0.0.1` and `fec0::/10` pass and waits for ever for a receiver that
drips bytes, hence urllib3 with sockets that know their deadline.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import SplitResult

import urllib3
from django.conf import settings
from django.utils.module_loading import import_string
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from promptguard.core.addresses import (
    HTTP,
    Address,
    Network,
    RefusedAddress,
    as_address,
    is_public,
    parsed,
    split,
)

Resolver = Callable[[str, int], Sequence[str]]

MOMENT, RESOLUTION_SECONDS = 0.001, 5.0
_resolving = ThreadPoolExecutor(32, thread_name_prefix="resolver")
_deadline: ContextVar[float] = ContextVar("deadline")


class NotReached(Exception):
    """No answer: `kind` is `timeout`, `resolution`, `tls`, `too_large` or `connection`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL that was checked, with the address to connect to."""

    parts: SplitResult
    host: str
    port: int
    address: str

    @property
    def target(self) -> str:
        path = self.parts.path or "/"
        return f"{path}?{self.parts.query}" if self.parts.query else path

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == HTTP[self.parts.scheme] else f"{name}:{self.port}"


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses of `host`. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass
class Outbound:
    """A client with a policy. `allowed` networks may be reached by plain HTTP and on any port."""

    allowed: Sequence[Network] = ()
    ports: frozenset[int] = frozenset({443, 8443})
    resolver: Resolver = system_resolver
    trust: ssl.SSLContext | None = None
    context: ssl.SSLContext = field(init=False)
    _pools: urllib3.PoolManager = field(init=False)

    def __post_init__(self) -> None:
        self.context = self.trust or ssl.create_default_context()
        self.context.sslsocket_class = DeadlineSslSocket
        self._pools = urllib3.PoolManager(num_pools=64, maxsize=16, retries=False, ssl_context=self.context)
        self._pools.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def check(self, url: str, schemes: Mapping[str, int] = HTTP) -> Destination:
        """Where `url` leads. Raises RefusedAddress, and NotReached when its name does not resolve."""
        parts, host, port = split(url, schemes)
        literal = as_address(host)
        try:
            found = [str(literal)] if literal else self._resolve(host, port)
        except (OSError, UnicodeError, FutureTimeout) as error:
            raise NotReached("resolution") from error
        if not found:
            raise NotReached("resolution")
        addresses = [parsed(text) for text in found]
        if not all(self._is_allowed(each) for each in addresses):
            self._check_public(parts, port, addresses)
        return Destination(parts, host, port, str(addresses[0]))

    def _resolve(self, host: str, port: int) -> list[str]:
        """The C library's resolver knows no deadline, so it works elsewhere and we stop waiting."""
        seconds = max(MOMENT, min(remaining(), RESOLUTION_SECONDS))
        return list(_resolving.submit(self.resolver, host, port).result(seconds))

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self.allowed if network.version == address.version)

    def _check_public(self, parts: SplitResult, port: int, addresses: Sequence[Address]) -> None:
        if parts.scheme == "http":
            raise RefusedAddress("The URL must begin with https://.")
        if parts.scheme == "https" and port not in self.ports:
            raise RefusedAddress("The URL's port is not among those allowed.")
        if not all(is_public(each) or self._is_allowed(each) for each in addresses):
            raise RefusedAddress("The URL's host must have public addresses only.")

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        seconds: float = 15.0,
        largest_answer: int = 65_536,
    ) -> Answer:
        """One request, whole within `seconds`; a longer answer is cut off at `largest_answer` bytes.

        3xx is an answer like any other. Raises RefusedAddress, NotReached.
        """
        with within(seconds):
            return self._send(method, self.check(url), headers, body, largest_answer)

    def _send(
        self, method: str, to: Destination, headers: Mapping[str, str], body: bytes, largest: int
    ) -> Answer:
        tls = {"server_hostname": to.host, "assert_hostname": to.host} if to.parts.scheme == "https" else {}
        pool = self._pools.connection_from_host(to.address, to.port, to.parts.scheme, pool_kwargs=tls)
        response = pool.urlopen(
            method,
            to.target,
            body=body,
            headers={**headers, "Host": to.host_header},
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(total=max(MOMENT, remaining())),
        )
        try:
            read = response.read(largest, decode_content=False)
            if response.read(1, decode_content=False):
                response.close()
        finally:
            response.release_conn()
        return Answer(response.status, dict(response.headers), read)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything inside ends by then, and whatever the network does comes out as NotReached."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    except (TimeoutError, urllib3.exceptions.TimeoutError) as error:
        raise NotReached("timeout") from error
    except (ssl.SSLError, urllib3.exceptions.SSLError) as error:
        raise NotReached("tls") from error
    except (OSError, urllib3.exceptions.HTTPError) as error:
        raise NotReached("timeout" if remaining() <= MOMENT else "connection") from error
    finally:
        _deadline.reset(token)


def remaining() -> float:
    """Seconds until this request's deadline; for ever outside of a request."""
    return _deadline.get(time.monotonic() + 3600) - time.monotonic()


def tighten(sock: socket.socket) -> None:
    """Let the next call on this socket wait no longer than there is left. Raises TimeoutError when that is nothing."""
    left = remaining()
    if left <= 0:
        raise TimeoutError("the whole request took too long")
    sock.settimeout(left)


class DeadlineSocket(socket.socket):
    """Every read waits no longer than the request has left, so that dripping bytes wins no time."""

    def recv_into(self, *args: Any) -> int:
        tighten(self)
        return super().recv_into(*args)


class DeadlineSslSocket(ssl.SSLSocket):
    def recv_into(self, *args: Any) -> int:
        tighten(self)
        return super().recv_into(*args)


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return connect(self.host, self.port)


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return connect(self.host, self.port)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def connect(address: str, port: int) -> socket.socket:
    """A connection to a literal address: nothing is looked up a second time."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = DeadlineSocket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tighten(sock)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock


@cache
def outbound() -> Outbound:
    """The client under the operator's policy."""
    return Outbound(
        allowed=[ipaddress.ip_network(cidr) for cidr in settings.OUTBOUND_ALLOWED_CIDRS],
        ports=frozenset(int(port) for port in settings.OUTBOUND_ALLOWED_PORTS),
        resolver=import_string(settings.OUTBOUND_RESOLVER),
    )
