"""Several things at once, each in a thread with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from promptguard.core.errors import DomainError


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all `actions` from one starting signal; the results in order, a DomainError standing for itself."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return action()
        except DomainError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
