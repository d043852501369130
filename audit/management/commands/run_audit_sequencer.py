"""`run_audit_sequencer`: seal events as they come, sign and anchor them by interval, until told to stop.

Exactly one works at a time; a second one stands by.
"""

import gc
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections

from audit import sealing, upkeep
from promptguard.core import metrics

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--poll-milliseconds", type=int, default=100)
        parser.add_argument("--checkpoint-seconds", type=int, default=10, help="0: never sign")
        parser.add_argument("--once", action="store_true", help="seal what is there, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
        if not options["once"]:
            metrics.expose(settings.WORKER_METRICS_ADDRESS)
        chores = [_Chore(3600, upkeep.tidy)]
        if options["checkpoint_seconds"]:
            chores.append(_Chore(options["checkpoint_seconds"], upkeep.publish))
        gc.freeze()  # what is loaded by now stays: it need not be looked at for garbage with every batch
        self.stdout.write("sealing")
        self.stdout.flush()  # whoever waits for this line reads a pipe
        while not stop.is_set():
            busy = _guarded(sealing.seal_batch) == sealing.BATCH
            if options["once"] and not busy:
                break
            if not busy:
                for chore in chores:
                    chore.when_due()
                stop.wait(options["poll_milliseconds"] / 1000)
        self.stdout.write("stopped")


class _Chore:
    """Something to do every so often."""

    def __init__(self, seconds: float, work: Callable[[], Any]) -> None:
        self._seconds, self._work, self._next = seconds, work, 0.0

    def when_due(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._seconds
            _guarded(self._work)


def _guarded(work: Callable[[], Any]) -> Any:
    """A database that is away is waited for, not died of."""
    try:
        return work()
    except (DatabaseError, sealing.SequencerFenced) as error:
        log.warning("audit_sequencer_step_failed", step=work.__name__, error=type(error).__name__)
        connections["sequencer"].close()
        return None
