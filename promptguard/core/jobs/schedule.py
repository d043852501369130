"""When to try again: delays with jitter, so that what failed together does not come back together."""

import random
from collections.abc import Sequence
from datetime import timedelta

JITTER = 0.1
RETRY_DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600)
)


def delay_after(
    attempts: int, delays: Sequence[timedelta] = RETRY_DELAYS, jitter: float = JITTER
) -> timedelta | None:
    """The pause after the `attempts`-th failure, up to `jitter` (a share) longer; None when patience is over."""
    if attempts > len(delays):
        return None
    return delays[attempts - 1] * (1 + random.random() * jitter)  # noqa: S311  no secret hangs on it
