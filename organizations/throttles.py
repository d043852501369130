"""Brute force stops here: limits on sign-in, sign-up, reset and invitation doors, counted by django-ratelimit.

When the shared cache is down the count goes on in this process: it never fails open, and never with a 500.
"""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from django_ratelimit.core import _split_rate, get_usage

from promptguard.core.errors import RateLimited

log = structlog.get_logger(__name__)
MOST_BUCKETS = 50_000


@dataclass(frozen=True)
class Throttle:
    """`rate` in django-ratelimit's spelling: 10/15m is ten in a quarter of an hour."""

    name: str
    rate: str

    def spend(self, *who: object) -> None:
        """Count one attempt of `who`, which is only ever stored as a hash. Raises RateLimited."""
        value = hashlib.sha256("\x00".join(str(each) for each in who).encode()).hexdigest()
        seconds_left = self._shared(value)
        if seconds_left is None:
            seconds_left = LOCAL.spend(self.name, self.rate, value)
        if seconds_left:
            raise RateLimited(headers={"Retry-After": str(max(1, seconds_left))})

    def _shared(self, value: str) -> int | None:
        """Seconds to wait, 0 when allowed, None when the cache does not answer."""
        try:
            usage: dict[str, Any] = get_usage(
                None, group=self.name, key=lambda group, request: value, rate=self.rate, increment=True
            )
        except Exception as error:  # noqa: BLE001  each cache client has errors of its own; none may open the door
            log.warning("throttle.cache_unavailable", error=type(error).__name__)
            return None
        if usage["limit"] == 0:
            return None
        return max(1, usage["time_left"]) if usage["should_limit"] else 0


@dataclass
class LocalBuckets:
    """Fixed windows in this process, for the time without a cache. Forgets everything rather than grow for ever."""

    counts: dict[tuple[str, str, int], int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, name: str, rate: str, value: str) -> int:
        """Seconds to wait, 0 when allowed."""
        limit, period = parsed(rate)
        window, passed = divmod(int(time.time()), period)
        with self.lock:
            if len(self.counts) >= MOST_BUCKETS:
                self.counts = {key: n for key, n in self.counts.items() if key[0] != name or key[2] == window}
            if len(self.counts) >= MOST_BUCKETS:
                return period - passed
            key = (name, value, window)
            self.counts[key] = self.counts.get(key, 0) + 1
            return period - passed if self.counts[key] > limit else 0


def parsed(rate: str) -> tuple[int, int]:
    """10/15m → attempts and seconds."""
    attempts, seconds = _split_rate(rate)
    return int(attempts), int(seconds)


LOCAL = LocalBuckets()

SIGN_IN_BY_ADDRESS = Throttle("sign-in-address", "100/h")
SIGN_IN_BY_ADDRESS_AND_IP = Throttle("sign-in-address-ip", "10/15m")
SIGN_IN_BY_IP = Throttle("sign-in-ip", "60/15m")
SIGN_UP_BY_IP = Throttle("sign-up-ip", "30/h")
MAIL_BY_ADDRESS = Throttle("mail-address", "5/h")
MAIL_BY_IP = Throttle("mail-ip", "30/h")
LINK_BY_IP = Throttle("link-ip", "30/15m")
PROOF_BY_USER = Throttle("proof-user", "10/15m")
INVITATIONS_BY_ORGANIZATION = Throttle("invitations-organization", "500/h")
INVITATION_RESENT = Throttle("invitation-resent", "5/d")
BULK_BY_ORGANIZATION = Throttle("bulk-organization", "5/h")


def spend_sign_in(email: str, ip: str | None) -> None:
    """Three limits: on a machine, on a machine trying one account, and on many machines trying one account."""
    address = email.strip().lower()
    SIGN_IN_BY_IP.spend(ip)
    SIGN_IN_BY_ADDRESS_AND_IP.spend(address, ip)
    SIGN_IN_BY_ADDRESS.spend(address)
