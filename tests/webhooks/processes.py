"""Processes of the product that tests start and kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from promptguard.core.tenancy import platform_scope
from promptguard.webhooks.models import Delivery
from tests.people import Tenant
from tests.webhooks.receivers import ROOT, Receiver

WORKER = (sys.executable, "manage.py", "run_jobs")
CELERY = (
    sys.executable, "-m", "celery", "-A", "promptguard.celery", "worker", "--beat", "--concurrency", "2", "--loglevel",
    "INFO", "--without-gossip", "--without-mingle",
)  # fmt: skip


def until(happened: Callable[[], bool], seconds: float) -> float:
    """Watch until it happened; how long that took. Fails when it does not."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def process(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with its children in a group of its own."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        kill(child)


def kill(child: subprocess.Popen[bytes]) -> None:
    """The whole group at once, as a machine that loses its power."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def publish(tenant: Tenant, count: int, environment: Mapping[str, str]) -> list[str]:
    command = [sys.executable, "-m", "tests.webhooks.publisher", str(tenant.organization.id), str(count)]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def assert_nothing_lost(receiver: Receiver, path: str, events: list[str]) -> int:
    """Everything arrived, nothing else did; how many arrived more than once."""
    got = receiver.ids(path)
    assert set(got) == set(events)
    return sum(count - 1 for count in got.values())


def pending() -> int:
    with platform_scope():
        return Delivery.all_tenants.filter(status="pending").count()


def run(*command: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
