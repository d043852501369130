"""A real server over a database of its own, and the published SDK to speak with it."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import fasteners
import pytest

from tests.e2e.serving import ROOT, Server, serve_demo

LOCK = Path(__file__).with_name("requirements.txt")


@pytest.fixture(scope="session")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """gunicorn with the demo's tenants, as `make run` and the container start it."""
    with serve_demo("e2e", tmp_path_factory.mktemp("e2e")) as server:
        yield server


@pytest.fixture(scope="session")
def sdk_path() -> Path:
    """The published SDK, installed by hash outside of our path: its import package is called `promptguard` too."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    target = ROOT / "build" / f"sdk-{digest}"
    target.parent.mkdir(exist_ok=True)
    with fasteners.InterProcessLock(target.with_suffix(".lock")):
        if not target.exists():
            draft = Path(tempfile.mkdtemp(dir=target.parent))
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            rules: list[str | Path] = [
                "--no-deps",
                "--require-hashes",
                "--only-binary",
                ":all:",
                "--target",
                draft,
                "-r",
                LOCK,
            ]
            subprocess.run(
                [*command, *rules],
                check=True,
                env={"PIP_CACHE_DIR": str(ROOT / "build" / "pip"), "PIP_ROOT_USER_ACTION": "ignore"}
                | os.environ,
            )
            shutil.move(draft, target)
    return target
