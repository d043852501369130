"""What was read a moment ago: values that each request needs and that hardly ever change."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.db import transaction

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
MOST_KEYS = 10_000


class Recent(Generic[K, V]):
    """`load(key)`, called at most once per key, process and `seconds`: other nodes see a change that late."""

    def __init__(self, load: Callable[[K], V], seconds: float = 1.0) -> None:
        self._load = load
        self.seconds = seconds
        self._lock = threading.Lock()
        self._known: dict[K, tuple[float, V]] = {}

    def __call__(self, key: K) -> V:
        found = self._known.get(key)
        now = time.monotonic()
        if found is not None and now - found[0] < self.seconds:
            return found[1]
        value = self._load(key)
        with self._lock:
            if len(self._known) >= MOST_KEYS:
                self._known.clear()
            self._known[key] = now, value
        return value

    def forget(self, key: K) -> None:
        """The value changes in this transaction: read it anew now, and once more after the commit."""
        self._drop(key)
        transaction.on_commit(lambda: self._drop(key))

    def _drop(self, key: K) -> None:
        with self._lock:
            self._known.pop(key, None)
