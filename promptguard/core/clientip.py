"""The client's address behind proxies: walk X-Forwarded-For from right to left over trusted networks.

The left part of the header is written by whoever sent the request, so nothing there is believed unless
every hop to its right is one of ours (`TRUSTED_PROXY_CIDRS`).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


@lru_cache(maxsize=4096)
def networks(cidrs: tuple[str, ...]) -> tuple[Network, ...]:
    """Parse CIDRs. Raises ValueError for anything that is not a network."""
    return tuple(ip_network(cidr) for cidr in cidrs)


def contains(allowed: Iterable[Network], address: str | None) -> bool:
    """Whether `address` lies in one of the networks; an unknown address lies in none."""
    if address is None:
        return False
    parsed = ip_address(address)
    return any(parsed.version == network.version and parsed in network for network in allowed)


def normalise(text: str) -> str | None:
    """One address as canonical text: no port, bracket or zone, IPv4-mapped IPv6 unwrapped. Junk is None."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def client_ip(peer: str, forwarded_for: str, trusted_cidrs: Sequence[str]) -> str | None:
    """The nearest address that is not a trusted proxy, or None when a trusted hop passed on junk.

    `peer` is the socket's address, `forwarded_for` all X-Forwarded-For headers joined by commas.
    """
    trusted = networks(tuple(trusted_cidrs))
    address = normalise(peer)
    for hop in reversed(forwarded_for.split(",") if forwarded_for else []):
        if not contains(trusted, address):
            break
        address = normalise(hop)
    return address
