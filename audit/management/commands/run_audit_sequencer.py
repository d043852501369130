"""`run_audit_sequencer`: seal events as they come, until told to stop. Exactly one works at a time."""

import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections

from audit import sealing

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--poll-milliseconds", type=int, default=100)
        parser.add_argument("--once", action="store_true", help="seal what is there, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
        self.stdout.write("sealing")
        while not stop.is_set():
            busy = _round()
            if options["once"] and not busy:
                break
            if not busy:
                stop.wait(options["poll_milliseconds"] / 1000)
        self.stdout.write("stopped")


def _round() -> bool:
    """One batch; whether there may be more. A database that is away is waited for, not died of."""
    try:
        return sealing.seal_batch() == sealing.BATCH
    except (DatabaseError, sealing.SequencerFenced) as error:
        log.warning("audit_sealing_failed", error=type(error).__name__)
        connections["sequencer"].close()
        return False
