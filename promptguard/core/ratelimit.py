"""Rate limits: burst and sustained rate in one number per limit (GCRA, ITU-T I.371).

Exact across all nodes as long as Valkey answers: one atomic call on its clock decides. Without it the
limits hold for each process by itself (traffic fails open to a local bucket, sso-design, section 5), which
goes on from what Valkey said last.
"""

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from promptguard.core import metrics, valkey
from promptguard.core.errors import RateLimited

MINUTE = 60_000_000
SCRIPT = (Path(__file__).parent / "limits.lua").read_text()
DIGEST = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
LOCAL_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `per_minute` requests in the long run, and `burst` of them at once.

    `name` is what callers see (organization, key, account); `tenant` and `subject` make the bucket. All
    buckets of one tenant lie in one slot of a cluster, so that one call can decide on several.
    """

    name: str
    tenant: str
    subject: str
    per_minute: int
    burst: int

    @property
    def key(self) -> str:
        return f"promptguard:limit:{{{self.tenant}}}:{self.subject}"

    @property
    def interval(self) -> int:
        """Microseconds that one request is worth, rounded up: never more than was allowed."""
        return ceil(MINUTE / self.per_minute)


@dataclass(frozen=True, slots=True)
class State:
    """One limit after a decision: `remaining` requests at once, `seconds_until_full` to the whole burst."""

    limit: Limit
    remaining: int
    seconds_until_full: int
    retry_after: int


@dataclass(frozen=True, slots=True)
class Decision:
    admitted: bool
    states: tuple[State, ...]

    @property
    def tightest(self) -> State:
        return min(self.states, key=lambda state: state.remaining)

    def headers(self) -> dict[str, str]:
        """`X-RateLimit-*` (contract 1.1) and the fields of draft-ietf-httpapi-ratelimit-headers-11."""
        if not self.states:
            return {}
        tightest = self.tightest
        headers = {
            "X-RateLimit-Limit": str(tightest.limit.per_minute),
            "X-RateLimit-Remaining": str(tightest.remaining),
            "X-RateLimit-Reset": str(ceil(time.time()) + tightest.seconds_until_full),
            "RateLimit-Policy": ", ".join(
                f'"{s.limit.name}";q={s.limit.per_minute};w=60' for s in self.states
            ),
            "RateLimit": ", ".join(
                f'"{s.limit.name}";r={s.remaining};t={s.seconds_until_full}' for s in self.states
            ),
        }
        if not self.admitted:
            headers["Retry-After"] = str(max(state.retry_after for state in self.states))
        return headers


def decide(now: int, arrivals: Sequence[int], limits: Sequence[Limit], cost: int) -> tuple[bool, list[int]]:
    """The rule of `limits.lua` in Python: whether all limits admit, and the arrival times after that (µs)."""
    current = [max(arrival, now) for arrival in arrivals]
    asked = [arrival + cost * limit.interval for arrival, limit in zip(current, limits, strict=True)]
    admitted = all(
        arrival <= now + limit.interval * limit.burst for arrival, limit in zip(asked, limits, strict=True)
    )
    return admitted, asked if admitted else current


def decision(admitted: bool, now: int, arrivals: Sequence[int], limits: Sequence[Limit]) -> Decision:
    return Decision(admitted, tuple(_state(now, *pair) for pair in zip(arrivals, limits, strict=True)))


def _state(now: int, arrival: int, limit: Limit) -> State:
    owed = max(arrival - now, 0)
    free = limit.interval * limit.burst - owed
    missing = max(limit.interval - free, 0)
    return State(limit, free // limit.interval, ceil(owed / 1_000_000), ceil(missing / 1_000_000))


class LocalBuckets:
    """The same limits in the memory of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals: dict[str, int] = {}

    def charge(self, limits: Sequence[Limit], cost: int) -> Decision:
        with self._lock:
            now = self.now()
            before = [self._arrivals.get(limit.key, 0) for limit in limits]
            admitted, arrivals = decide(now, before, limits, cost)
            if cost:
                self._store(limits, arrivals, now)
        return decision(admitted, now, arrivals, limits)

    def follow(self, limits: Sequence[Limit], owed: Sequence[int]) -> None:
        """Remember what Valkey said (microseconds each limit owes), to go on from there without it.

        The highest counts: a thread that was held up must not undo what others have learned since.
        """
        with self._lock:
            now = self.now()
            known = [self._arrivals.get(limit.key, 0) for limit in limits]
            told = [max(now + each, arrival) for each, arrival in zip(owed, known, strict=True)]
            self._store(limits, told, now)

    def _store(self, limits: Sequence[Limit], arrivals: Sequence[int], now: int) -> None:
        if len(self._arrivals) > LOCAL_BUCKETS:
            # A bucket whose time has passed is full: forgetting it changes nothing.
            self._arrivals = {key: arrival for key, arrival in self._arrivals.items() if arrival > now}
        self._arrivals.update(zip((limit.key for limit in limits), arrivals, strict=True))

    @staticmethod
    def now() -> int:
        return time.monotonic_ns() // 1000


class RateLimiter:
    """Valkey when it answers, this process when it does not; never an error."""

    def __init__(self) -> None:
        self._local = LocalBuckets()
        self._breaker = valkey.Breaker()

    def charge(self, limits: Sequence[Limit], cost: int = 1) -> Decision:
        """Take `cost` from every limit, or from none; 0 only looks."""
        if not limits:
            return Decision(admitted=True, states=())
        if self._breaker.may_try():
            try:
                return self._charge_shared(limits, cost)
            except valkey.NotConfigured:
                return self._local.charge(limits, cost)
            except valkey.Unreachable:
                self._breaker.failed()
        metrics.RATE_LIMIT_FALLBACKS.inc()
        return self._local.charge(limits, cost)

    def _charge_shared(self, limits: Sequence[Limit], cost: int) -> Decision:
        arguments = [cost, *(number for limit in limits for number in (limit.interval, limit.burst))]
        answer = valkey.run_script(SCRIPT, DIGEST, [limit.key for limit in limits], arguments)
        self._breaker.worked()
        admitted, now, *arrivals = (int(number) for number in answer)
        self._local.follow(limits, [max(arrival - now, 0) for arrival in arrivals])
        return decision(bool(admitted), now, arrivals, limits)


limiter = RateLimiter()


def enforce(limits: Sequence[Limit]) -> Decision:
    """Charge one request. Raises RateLimited, with the headers that say when to come back."""
    outcome = limiter.charge(limits)
    if not outcome.admitted:
        metrics.RATE_LIMITED.labels(outcome.tightest.limit.name).inc()
        raise RateLimited(headers=outcome.headers(), retry_after=int(outcome.headers()["Retry-After"]))
    return outcome
