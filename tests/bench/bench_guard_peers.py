"""The guard beside Presidio's pattern recognisers and detect-secrets: quality and speed on the same texts, in one run.

`pytest tests/bench/bench_guard_peers.py -m bench -s`; PEERS_PYTHON names an environment that has `peers.in` already.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "guard-data"
NEEDS = Path(__file__).with_name("peers.in")


def peers_python() -> str:
    """An interpreter that can import the peers and our engine's needs; made once under build/."""
    if given := os.environ.get("PEERS_PYTHON"):
        return given
    place = ROOT / "build" / f"peers-{hashlib.sha256(NEEDS.read_bytes()).hexdigest()[:12]}"
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", NEEDS], check=True)
    return str(python)


@pytest.mark.bench
def test_beside_presidio_and_detect_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    if not DATA.is_dir():
        pytest.skip("the development data is not here")
    script = Path(__file__).with_name("guard_peers.py")
    done = subprocess.run(
        [peers_python(), script, DATA],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    with capsys.disabled():
        sys.stdout.write("\n" + done.stdout + "\n")
