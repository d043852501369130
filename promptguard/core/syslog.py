"""Syslog over TLS (RFC 5425): lines counted in octets, to addresses that strangers chose, under `core.http`'s rules.

Syslog has no answer. The receiver's own end of the TLS connection, after ours, is the most it can say: everything
before it has arrived. Whoever gets no such end sends again, and the receiver tells repetitions by the event's id.
"""

import ssl
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from promptguard.core.http import Outbound, connect, tighten, within

SYSLOG: Mapping[str, int] = {"syslog+tls": 6514}
PIECE = 16_384


def is_syslog(url: str) -> bool:
    return urlsplit(url).scheme in SYSLOG


def message(text: str) -> str:
    """`text` as a line of its own: facility 13 (log audit), informational, without a time (RFC 5424, section 6)."""
    return f"<110>1 - - promptguard - - - {text}"


def framed(line: str) -> bytes:
    """One message with its length in front of it (RFC 5425, section 4.3)."""
    message = line.rstrip("\n").encode()
    return b"%d %s" % (len(message), message)


def deliver(client: Outbound, url: str, lines: Iterable[str], *, seconds: float = 15.0) -> None:
    """All lines over one connection, whole within `seconds`. Raises RefusedAddress, NotReached."""
    frames = b"".join(map(framed, lines))
    with within(seconds):
        to = client.check(url, SYSLOG)
        with client.context.wrap_socket(connect(to.address, to.port), server_hostname=to.host) as stream:
            for start in range(0, len(frames), PIECE):
                tighten(stream)
                stream.sendall(frames[start : start + PIECE])
            tighten(stream)
            _end(stream)


def _end(stream: ssl.SSLSocket) -> None:
    """Both sides say that they are done (RFC 5425, section 4.4); some receivers only hang up."""
    try:
        stream.unwrap().close()
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return
