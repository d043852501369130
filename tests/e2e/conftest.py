"""A real server over a database of its own, and the published SDK to speak with it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import fasteners
import pytest
from django.db import connections

from tests import servers
from tests.e2e.serving import ROOT, Server, product_environment, serve

LOCK = Path(__file__).with_name("requirements.txt")


@pytest.fixture(scope="session")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """gunicorn with the demo's tenants, as `make run` and the container start it."""
    run, worker = connections["default"].settings_dict["NAME"].split("_")[1:3]
    database = f"e2e_{run}_{worker}"
    servers.fresh_database(database, f"template_{run}")
    environment = {**product_environment(), **servers.database_urls(database)}
    sheet = tmp_path_factory.mktemp("e2e") / "demo.json"
    seed = [sys.executable, "-m", "promptguard.demo", str(sheet), "http://127.0.0.1"]
    subprocess.run(seed, cwd=ROOT, env=environment, check=True)
    with serve(environment) as url:
        yield Server(url, json.loads(sheet.read_text()))


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
