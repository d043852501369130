"""Child processes: started in groups of their own, watched, and stopped together."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from promptguard.core.quickstart.failure import CannotStart

GRACE_SECONDS = 10.0
POLL_SECONDS = 0.05
ROOT = Path(__file__).resolve().parents[3]
# What stands in the queue of events when somebody pressed Ctrl-C; everything else there is a child's name.
STOP = ""


class Stopped(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass
class Household:
    """The children of one start. `environment` is what each of them sees, `logs` where they write.

    Deaths and signals arrive in one queue, so that no exception ever strikes between a child's start and the
    moment it is remembered.
    """

    environment: Mapping[str, str]
    logs: Path
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    events: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)

    def listen(self) -> None:
        """From now on a signal does not kill us: it lies in the queue until we look."""

        def stop(number: int, frame: FrameType | None) -> None:
            self.events.put(STOP)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # unless started with nohup
            signal.signal(signal.SIGHUP, stop)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Tell a failure in the block from a stop: Ctrl-C in a terminal also ends what the block runs.

        Raises Stopped.
        """
        try:
            yield
        except CannotStart:
            if not self.events.empty():
                self._next_event()
            raise

    def start(self, name: str, command: Sequence[str], extra: Mapping[str, str] | None = None) -> None:
        """Start a Python process, and watch it until `stop`. `extra` joins its environment."""
        with self._log(name).open("wb") as log:
            # A session of its own: Ctrl-C in the terminal reaches us only, and we decide the order.
            child = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**self.environment, **(extra or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.children[name] = child
        threading.Thread(target=self._watch, args=(name, child), daemon=True).start()

    def run(self, name: str, command: Sequence[str]) -> None:
        """Run a Python process to its end. Raises CannotStart with its last words, and Stopped."""
        self.start(name, command)
        while (ended := self._next_event()) != name:
            self._report(ended)
        if self.children.pop(name).returncode:
            raise CannotStart(f"{name} failed: {self._last_words(name)}")

    def wait_until_healthy(self, url: str, seconds: float) -> None:
        """Ask `url` until it answers 200. Raises CannotStart (too late, or a child died) and Stopped."""
        deadline = time.monotonic() + seconds
        while not answers(url):
            if time.monotonic() > deadline:
                raise CannotStart(f"{url} gave no answer within {seconds:.0f} s; see {self.logs}")
            with suppress(queue.Empty):
                self._report(self._next_event(POLL_SECONDS))

    def wait(self) -> None:
        """Sleep until something ends us. Raises Stopped, or CannotStart naming the child that died."""
        self._report(self._next_event())

    def stop(self) -> None:
        """End every child's whole group: asked first, forced after GRACE_SECONDS."""
        for child in self.children.values():
            signal_group(child, signal.SIGTERM)
        for child in reversed(self.children.values()):
            with suppress(subprocess.TimeoutExpired):
                child.wait(GRACE_SECONDS)
            # Even after its leader ended in order, a group may hold a stray grandchild.
            signal_group(child, signal.SIGKILL)
            child.wait()

    def _watch(self, name: str, child: subprocess.Popen[bytes]) -> None:
        child.wait()
        self.events.put(name)

    def _next_event(self, seconds: float | None = None) -> str:
        if (event := self.events.get(timeout=seconds)) == STOP:
            raise Stopped
        return event

    def _report(self, name: str) -> None:
        code = self.children[name].returncode
        raise CannotStart(f"the {name} ended with exit code {code}: {self._last_words(name)}")

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _last_words(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  the address is our own
            return bool(response.status == 200)
    except OSError:
        return False


def signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left in the group
        os.killpg(child.pid, number)
