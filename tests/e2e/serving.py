"""Starts the server as customers do, and waits for it without guessing how long it takes."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections

from tests import servers
from tests.ops.environment import documented

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A running server and the sheet that says who can sign in."""

    url: str
    demo: dict[str, Any]
    folder: Path

    @property
    def api(self) -> str:
        return f"{self.url}/api/v1"

    @property
    def key(self) -> str:
        return str(self.demo["api_key"])

    def password_of(self, email: str) -> str:
        people = [*self.demo["users"], self.demo["operator"]]
        return next(str(each["password"]) for each in people if each["email"] == email)

    def mailed_link(self, address: str, page: str, seconds: float = START_SECONDS) -> str:
        """The link to `page` in the newest mail to `address`; waits for the mail."""
        deadline = time.monotonic() + seconds
        while not (found := self._links(address, page)):
            assert time.monotonic() < deadline, f"no mail to {address}"
            time.sleep(0.1)
        return found[-1]

    def _links(self, address: str, page: str) -> list[str]:
        texts = [path.read_text() for path in sorted((self.folder / "mail").glob("*"))]
        mails = [mail for text in texts for mail in re.split(r"\n-{79}\n", text) if f"To: {address}" in mail]
        return [link for mail in mails for link in re.findall(rf"{self.url}/links/{page}#[\w=-]+", mail)]


def product_environment() -> dict[str, str]:
    """The tests' secrets under the product's own settings."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "promptguard.settings", "PORT": "0", "WEB_WORKERS": "1"}


def bare_environment() -> dict[str, str]:
    """What somebody has who never heard of our variables."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in {*documented(), "DJANGO_SETTINGS_MODULE"}
    }


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(environment: Mapping[str, str]) -> Iterator[str]:
    """Run gunicorn on a port of the kernel's choice; yields its address."""
    command = [sys.executable, "-m", "gunicorn", "--config", "python:promptguard.serving", "promptguard.wsgi"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        output = Output(process)
        try:
            yield output.wait_for(r"Listening at: (http://\S+)")[1]
        finally:
            process.terminate()
            output.finish()


@contextmanager
def serve_demo(name: str, folder: Path, **extra: str) -> Iterator[Server]:
    """A server over a database of its own, with the demo's tenants in it. Needs `django_db_setup`."""
    run, worker = connections["default"].settings_dict["NAME"].split("_")[1:3]
    database = f"{name}_{run}_{worker}"
    servers.fresh_database(database, f"template_{run}")
    port = str(free_port())
    place = {"PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{port}", "VAR_DIR": str(folder)}
    environment = {**product_environment(), **servers.database_urls(database), **place, **extra}
    sheet = folder / "demo.json"
    seed = [sys.executable, "-m", "promptguard.demo", str(sheet), "http://127.0.0.1"]
    subprocess.run(seed, cwd=ROOT, env=environment, check=True)
    with serve(environment) as url:
        yield Server(url, json.loads(sheet.read_text()), folder)


class Output:
    """Reads what a process says, so that it never blocks, and waits for a line of it."""

    def __init__(self, process: subprocess.Popen[str], *, stdout: bool = False) -> None:
        self.lines: list[str] = []
        self.process = process
        self._stream = process.stdout if stdout else process.stderr
        self._news = threading.Condition()
        self._is_open = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> re.Match[str]:
        """The first match in a line. Fails when the process ends, or when `seconds` pass, before there is one."""
        with self._news:
            self._news.wait_for(lambda: self._search(pattern) or not self._is_open, seconds)
            found = self._search(pattern)
        assert found, f"{pattern!r} did not appear in:\n" + "".join(self.lines)
        return found

    def finish(self) -> int:
        """Wait for the end of the process and of what it says; returns its exit code."""
        code = self.process.wait(START_SECONDS)
        self._reader.join(START_SECONDS)
        return code

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def _search(self, pattern: str) -> re.Match[str] | None:
        return next((match for line in self.lines if (match := re.search(pattern, line))), None)

    def _read(self) -> None:
        assert self._stream is not None
        for line in self._stream:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self._is_open = False
            self._news.notify_all()
