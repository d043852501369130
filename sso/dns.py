"""TXT records, from the system's resolvers or those the operator names."""

from collections.abc import Callable

import dns.exception
import dns.resolver
from django.conf import settings

LIFETIME_SECONDS = 4.0
TxtLookup = Callable[[str], list[str]]


class LookupFailed(Exception):
    """The resolvers did not answer: nothing is known, neither that the record is there nor that it is not."""


def txt_records(name: str) -> list[str]:
    """The TXT records at `name`; none when there are none. Raises LookupFailed."""
    try:
        answer = _resolver().resolve(name, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise LookupFailed(type(error).__name__) from error
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


def _resolver() -> dns.resolver.Resolver:
    servers = settings.SSO_DNS_SERVERS
    resolver = dns.resolver.Resolver(configure=not servers)
    resolver.lifetime = LIFETIME_SECONDS
    if servers:
        pairs = [server.rpartition(":") if ":" in server else (server, "", "53") for server in servers]
        resolver.nameservers = [host for host, _, _ in pairs]
        resolver.nameserver_ports = {host: int(port) for host, _, port in pairs}
    return resolver
