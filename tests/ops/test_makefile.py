"""The commands that the README and CI speak of exist, and say clearly what they lack."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ops.environment import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
README = (ROOT / "README.md").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
MAKE = shutil.which("make") or "make"


def test_every_command_of_the_readme_exists() -> None:
    named = set(re.findall(r"`?\bmake ([a-z-]+)`", README)) | set(
        re.findall(r"^\s*make ([a-z-]+)", README, re.MULTILINE)
    )
    assert {"run", "test"} <= named <= TARGETS


def test_ci_does_what_everybody_can_do() -> None:
    commands = [
        line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make test"]


def test_make_alone_lists_its_commands() -> None:
    listed = subprocess.run([MAKE], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+)", listed, re.MULTILINE)) == TARGETS - {
        "environment",
        "environment-dev",
    }


def test_without_python_it_says_what_is_missing(tmp_path: Path) -> None:
    for tool in ("sh", "make"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    done = subprocess.run(
        [MAKE, "run"], cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == "PromptGuard needs Python 3.11 or newer, and found none on PATH"


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "tests/e2e/requirements.txt"])
def test_locks_pin_by_hash_and_name_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert pins
    assert all(re.match(r"[\w.-]+==\S+ ", pin) and "--hash=sha256:" in pin for pin in pins)
    assert "://" not in text


def test_the_runtime_lock_is_part_of_the_whole() -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==[\w.]+", (ROOT / lock).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_tools_look_into_every_room() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"promptguard"}
    configuration = (ROOT / "pyproject.toml").read_text()
    for key in ("files", "root_packages"):
        listed = re.search(rf"^{key} = (\[.*\])$", configuration, re.MULTILINE)
        assert listed
        assert rooms <= set(re.findall(r'"([\w]+)"', listed[1]))


def test_the_environment_is_not_written_to_by_a_check(tmp_path: Path) -> None:
    """Up to date means untouched: two runs at the same time only wait for one another."""
    environment = Path(os.environ.get("VIRTUAL_ENV", ROOT / ".venv"))
    if not (environment / "requirements-dev.installed").exists():
        pytest.skip("not the environment that make built")
    before = (environment / "requirements-dev.installed").stat().st_mtime_ns
    command: list[str | Path] = [
        environment / "bin" / "python",
        ".ci/install.py",
        environment,
        "requirements-dev.txt",
    ]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ""
    assert (environment / "requirements-dev.installed").stat().st_mtime_ns == before
