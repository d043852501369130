"""`run_jobs`: do the background work in this process, without a broker, until told to stop."""

import signal
import threading
from collections.abc import Mapping
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection, connections

from promptguard.core import metrics
from promptguard.core.jobs.broker import CHANNEL, app
from promptguard.core.jobs.running import stopping
from promptguard.core.jobs.work import DRAIN

log = structlog.get_logger(__name__)
LISTEN_SECONDS, RARE_SECONDS = 0.5, 60.0


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        tasks = {task.name: task for task in app.tasks.values() if getattr(task, "every_seconds", None)}
        if options["once"]:
            _once(tasks)
            return
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopping.set())
        metrics.expose(settings.WORKER_METRICS_ADDRESS)
        bells = {name: threading.Event() for name in tasks}
        threads = [threading.Thread(target=_repeat, args=(tasks[name], bells[name])) for name in tasks]
        for thread in threads:
            thread.start()
        self.stdout.write("working")
        while not stopping.is_set():
            _listen(bells)
        for bell in bells.values():
            bell.set()
        for thread in threads:
            thread.join()
        self.stdout.write("stopped")


def _once(tasks: Mapping[str, Any]) -> None:
    """Each task until it finds nothing more, and then the jobs that the others left behind."""
    for task in (*tasks.values(), tasks[DRAIN]):
        while task.run():
            pass


def _repeat(task: Any, bell: threading.Event) -> None:
    """Run one task each time its bell rings, and at its own pace. What is broken now is tried again later."""
    if task.every_seconds > RARE_SECONDS:
        stopping.wait(RARE_SECONDS)  # a start is a bad moment for what is done once an hour
    while not stopping.is_set():
        try:
            task.run()
        except Exception as error:  # noqa: BLE001  a thread has nobody above it; the rows stay due
            log.warning("task_failed", task=task.name, error=type(error).__name__)
            connections.close_all()
        bell.wait(task.every_seconds)
        bell.clear()
    connections.close_all()


def _listen(bells: dict[str, threading.Event]) -> None:
    """Pass on what NOTIFY says, for a moment. A database that is away is waited for."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        assert connection.connection is not None
        for note in connection.connection.notifies(timeout=LISTEN_SECONDS):
            if note.payload in bells:
                bells[note.payload].set()
    except (DatabaseError, psycopg.Error) as error:  # the notes come from psycopg itself
        log.warning("listening_failed", error=type(error).__name__)
        connection.close()
        stopping.wait(LISTEN_SECONDS)
