"""The steps of a start, in order."""

import fcntl
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from promptguard.core.quickstart.database import database
from promptguard.core.quickstart.environment import (
    close_to_others,
    describe_start,
    ensure_secrets,
    prepare_folder,
)
from promptguard.core.quickstart.failure import CannotStart
from promptguard.core.quickstart.greeting import greet
from promptguard.core.quickstart.processes import ROOT, Household
from promptguard.core.quickstart.progress import step

HEALTH_SECONDS = 60.0
GUNICORN = ["-m", "gunicorn", "--config", "python:promptguard.serving", "promptguard.wsgi"]


def start() -> None:
    """Run until stopped. Raises CannotStart, OSError, and Stopped."""
    began = time.monotonic()
    folder = Path(os.environ.get("VAR_DIR", ROOT / "var")).resolve()
    port = free_port(os.environ.get("PORT", "8080"))
    address = f"http://127.0.0.1:{port}"
    prepare_folder(folder)
    with ExitStack() as stack:
        stack.enter_context(only_one(folder))
        household = Household(child_environment(folder, port), fresh(folder / "logs"))
        household.listen()
        with step("database"), household.interruptible():
            urls = stack.enter_context(database(folder / "postgres"))
            close_to_others(folder)  # the embedded server opens every folder above its own
        env_file = folder / "env"
        ensure_secrets(env_file)
        stack.callback(describe_start, env_file, {})
        describe_start(env_file, {**urls, "PUBLIC_URL": address, "AUDIT_SEALING": "sequencer"})
        stack.callback(household.stop)
        serve(household, folder, address)
        greet(folder, address, time.monotonic() - began)
        household.wait()


def serve(household: Household, folder: Path, address: str) -> None:
    with step("tables and demo data"):
        household.run("installation", ["-m", "promptguard.demo", str(folder / "demo.json"), address])
    with step("server"):
        # One sum for all of them; not for the demo's making, which is none of their doing.
        counting = {"PROMETHEUS_MULTIPROC_DIR": str(fresh(folder / "metrics"))}
        household.start("server", GUNICORN, counting)
        household.wait_until_healthy(f"{address}/health", HEALTH_SECONDS)
    if household.environment.get("AUDIT_SEALING", "sequencer") == "sequencer":
        household.start("sequencer", ["manage.py", "run_audit_sequencer"], counting)
    # Without a broker of the operator's own, one process does the background work.
    household.start("worker", ["manage.py", "run_jobs"], counting)


def child_environment(folder: Path, port: int) -> dict[str, str]:
    ours = {
        "VAR_DIR": str(folder),
        "ENV_FILE": str(folder / "env"),
        "PORT": str(port),
        "LOG_FORMAT": os.environ.get("LOG_FORMAT", "console"),
    }
    return {**os.environ, **ours}


def fresh(folder: Path) -> Path:
    """An empty folder: counters and logs of an earlier start are of no use to this one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def free_port(text: str) -> int:
    """The port, when nobody listens there. Raises CannotStart."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise CannotStart(f"PORT={text} is not a port; give a number from 1 to 65535")
    port = int(text)
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            advice = "choose another: make run PORT=8081"
            raise CannotStart(f"port {port} on 127.0.0.1: {error.strerror}; {advice}") from error
    return port


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Two starts over one folder would stop each other's database. Raises CannotStart."""
    with (folder / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(f"another `make run` is using {folder}") from error
        yield
