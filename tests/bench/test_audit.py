"""`make bench`: the chain's goals over a million events, in a process that nothing else has warmed up."""

import subprocess
import sys

import pytest


@pytest.mark.bench
def test_the_goals_of_the_chain() -> None:
    command = [sys.executable, "-m", "tests.bench.bench_audit", "3", "1000000"]
    subprocess.run(command, check=True)
