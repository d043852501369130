"""Bring a virtual environment up to a lock file: `python .ci/install.py .venv requirements.txt`.

Runs on the bare interpreter, before anything is installed. Every package must match a hash of the lock, and
be a wheel, so that nothing is compiled here and no package's own set-up code runs. One process at a time.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

# What was downloaded stays in the checkout too, unless its owner keeps a cache elsewhere.
QUIET = {"PIP_CACHE_DIR": str(Path("build/pip").resolve()), "PIP_ROOT_USER_ACTION": "ignore"}


def main(folder: Path, lock: Path) -> None:
    with exclusive(folder):
        if not all((folder / "bin" / name).exists() for name in ("python", "pip")):
            create(folder)
        stamp = stamp_of(folder, lock)
        if stamp.exists() and stamp.read_text() == digest(lock):
            return
        install(folder, lock)
        stamp.write_text(digest(lock))


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Two `make` in one checkout must not install into each other's environment."""
    with folder.with_name(folder.name + ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def create(folder: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("this Python has no ensurepip; install your system's python3-venv package and try again")
    with progress(f"virtual environment in {folder.name}"):
        venv.EnvBuilder(with_pip=True, symlinks=True, clear=True).create(folder)


def install(folder: Path, lock: Path) -> None:
    count = len(re.findall(r"^[\w.-]+==", lock.read_text(), re.MULTILINE))
    with progress(f"{count} packages of {lock.name}, checked by hash"):
        command: list[str | Path] = [
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        rules: list[str | Path] = [
            "--no-input",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--requirement",
            lock,
        ]
        if code := subprocess.call([*command, *rules], env=QUIET | os.environ):
            sys.exit(f"pip could not install {lock.name} (exit code {code}); its own words are above")


def stamp_of(folder: Path, lock: Path) -> Path:
    return folder / f"{lock.stem}.installed"


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


@contextlib.contextmanager
def progress(step: str) -> Iterator[None]:
    started = time.monotonic()
    print(f"  {step} ...", end="", flush=True)
    yield
    print(f" {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
