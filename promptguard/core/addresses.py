"""Which URLs lead to the open Internet, in a form that no two parsers read differently."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from promptguard.core.errors import DomainError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Scheme -> usual port, the one to name in errors first.
HTTP: Mapping[str, int] = {"https": 443, "http": 80}
LONGEST_URL = 2048
# Addresses that Python calls global and that lead inside all the same: IPv4 in IPv6 disguises (RFC 4291, 6052,
# 3056, 4380), retired site-local addresses (RFC 3879), a relay, and a cloud's metadata service.
DENIED_NETWORKS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23", "fec0::/10"),
        *("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"),
    )
)


class RefusedAddress(DomainError):
    """The URL leads, or may lead, where nobody outside has any business. The message never repeats it."""

    status, code = 422, "refused_address"
    message = "This URL cannot be used."


def split(url: str, schemes: Mapping[str, int] = HTTP) -> tuple[SplitResult, str, int]:
    """The parts of a URL in its one plain form, its host and its port.

    `schemes` are those that count here, with their usual ports. Raises RefusedAddress for anything two parsers may
    read differently.
    """
    if len(url) > LONGEST_URL or not url.isascii() or any(c <= " " or c in '\\"<>^`{|}\x7f' for c in url):
        raise RefusedAddress("The URL must be plain ASCII without spaces or backslashes.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise RefusedAddress("The URL is malformed.") from error
    if parts.scheme not in schemes:
        raise RefusedAddress(f"The URL must begin with {next(iter(schemes))}://.")
    if "@" in parts.netloc or parts.fragment:
        raise RefusedAddress("The URL must have neither user names nor a fragment.")
    _check_host(host)
    return parts, host, port if port is not None else schemes[parts.scheme]


def _check_host(host: str) -> None:
    if not host or "%" in host or host.endswith("."):
        raise RefusedAddress("The URL's host is malformed.")
    last = host.rpartition(".")[2]
    # Whatever ends in a number is an address to some resolver: decimal, octal, hexadecimal, or too short.
    if as_address(host) is None and (last.isdigit() or last.lower().startswith("0x") or ":" in host):
        raise RefusedAddress("The URL's host looks like an address and is none.")
    if host == "localhost" or host.endswith(".localhost"):
        raise RefusedAddress("The URL's host must have public addresses only.")


def as_address(host: str) -> Address | None:
    """The address that `host` spells out in its canonical form, if any."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def parsed(text: str) -> Address:
    """Raises RefusedAddress for what a resolver may say that is no plain address, such as `fe80::1%eth0`."""
    address = as_address(text)
    if address is None or (isinstance(address, ipaddress.IPv6Address) and address.scope_id):
        raise RefusedAddress("The URL's host must have public addresses only.")
    return address


def is_public(address: Address) -> bool:
    """Whether the address lies in the open Internet, whatever it is dressed up as."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return False
    denied = any(address in network for network in DENIED_NETWORKS if network.version == address.version)
    return address.is_global and not (denied or address.is_multicast or address.is_reserved)
