"""The chain's goals (G1 to G14), measured in one run: `python -m tests.bench.bench_audit [seconds] [events]`.

`seconds` for each pair of appending runs, `events` for sealing and verifying; 1,000,000 is the demo of scale. Prints one
table: the goal, what was measured, the baseline of the same run, and by how much it was met or missed.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from tests import servers
from tests.bench.audit_appending import append_goals, lag_goals, protection_goal
from tests.bench.audit_goals import DATABASE, Goal, table
from tests.bench.audit_reading import proof_goals, seal_goals, small_goals, verify_goals
from tests.bench.audit_removing import removal_goals
from tests.conftest import use_database


def prepare(folder: Path) -> None:
    settings.AUDIT_SEALING = "sequencer"
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_ANCHOR_FILE = str(folder / "keys"), str(folder / "anchors")
    servers.fresh_database(DATABASE, "template1")
    use_database(DATABASE)
    call_command("migrate", verbosity=0)
    with servers.superuser(DATABASE) as session:
        session.execute("CREATE TABLE bench_plain (LIKE audit_inbox INCLUDING ALL)")
        session.execute("GRANT INSERT ON bench_plain TO promptguard_app")


def measure(seconds: float, count: int, folder: Path) -> Iterator[Goal]:
    yield from append_goals(seconds)
    yield from lag_goals(seconds)
    yield protection_goal()
    one = uuid4()
    yield from seal_goals(one, count)
    yield from verify_goals(one, count, folder)
    yield from proof_goals(one, count)
    yield from small_goals()
    yield from removal_goals(min(count, 300_000))


def main(seconds: float, count: int) -> None:
    with TemporaryDirectory() as name:
        prepare(Path(name))
        gc.freeze()  # as the sequencer does
        goals = []
        for goal in measure(seconds, count, Path(name)):
            print(goal, flush=True)
            goals.append(goal)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\n{count:,} events, {os.cpu_count()} processors, load {load}\n\n{table(goals)}")


if __name__ == "__main__":
    arguments = [float(text) for text in sys.argv[1:]] + [3, 200_000][len(sys.argv) - 1 :]
    main(arguments[0], int(arguments[1]))
