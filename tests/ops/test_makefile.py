"""The commands that the README and CI speak of exist, and say clearly what they lack."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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


def test_tools_look_into_every_room() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"promptguard"}
    configuration = (ROOT / "pyproject.toml").read_text()
    for key in ("files", "root_packages"):
        listed = re.search(rf"^{key} = (\[.*\])$", configuration, re.MULTILINE)
        assert listed
        assert rooms <= set(re.findall(r'"([\w]+)"', listed[1]))


def install(folder: Path, lock: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, ROOT / ".ci" / "install.py", folder, lock]
    return subprocess.run(command, env=os.environ | extra, capture_output=True, text=True, check=False)


def test_an_environment_that_is_up_to_date_is_not_touched(tmp_path: Path) -> None:
    """Two runs in one checkout only wait for one another; the second finds the work done."""
    lock, folder = tmp_path / "lock.txt", tmp_path / "venv"
    lock.write_text("nothing==1.0 --hash=sha256:00")
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "pip"):
        (folder / "bin" / name).write_text("cannot even be run")
    (folder / "lock.installed").write_text(hashlib.sha256(lock.read_bytes()).hexdigest())
    done = install(folder, lock)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_package_that_cannot_be_had_stops_the_installation(tmp_path: Path) -> None:
    lock, folder = tmp_path / "lock.txt", tmp_path / "venv"
    lock.write_text(f"nothing-of-the-kind==1.0 --hash=sha256:{'0' * 64}\n")
    done = install(folder, lock, PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert "pip could not install lock.txt" in done.stderr
    assert not (folder / "lock.installed").exists()
