"""The project's own `rate_limit` policies: calls a minute for each end user, counted in the cache."""

import hashlib
import time

from django.core.cache import cache

from promptguard.core.errors import RateLimited

WINDOW_SECONDS = 60


def refuse_above(limit: int, project_id: object, end_user: str) -> None:
    """Count one call. Raises RateLimited above `limit` calls in this minute; a broken counter lets through."""
    window, passed = divmod(int(time.time()), WINDOW_SECONDS)
    named = hashlib.sha256(f"{project_id}\0{end_user}".encode("utf-8", "replace")).hexdigest()
    key = f"guard:calls:{named}:{window}"
    try:
        cache.add(key, 0, 2 * WINDOW_SECONDS)
        count = cache.incr(key)
    except Exception:  # noqa: BLE001  an unreachable or evicted counter must not refuse calls
        return
    if count > limit:
        raise RateLimited(
            "A policy of this project allows fewer calls a minute.",
            headers={"Retry-After": str(WINDOW_SECONDS - passed)},
        )
