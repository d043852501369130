"""`make run`, as a stranger sees it: one start, another, an end; and each way in which it cannot start."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import requests

from promptguard.core.quickstart.environment import read
from tests.e2e.serving import ROOT, Output, bare_environment, free_port
from tests.folders import open_folder

READY = "Ctrl-C stops everything"
COUNTED = ("organizations_user", "organizations_organization", "organizations_membership", "projects_project")
ALSO_COUNTED = ("projects_apikey", "guard_interaction")


@dataclass
class Start:
    """One running `make run`."""

    folder: Path
    url: str
    process: subprocess.Popen[str]
    said: Output
    complained: Output

    @property
    def demo(self) -> dict[str, Any]:
        sheet: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return sheet

    def household(self) -> list[psutil.Process]:
        """Everything that it started, the database included."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        postmaster = int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0])
        return [*children, psutil.Process(postmaster)]

    def interrupt(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> int:
        self.complained.finish()
        return self.said.finish()

    def counts(self) -> dict[str, int]:
        url = read(self.folder / "env")["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            connection.execute("SELECT set_config('promptguard.all_organizations', 'on', true)")
            return {table: count(connection, table) for table in (*COUNTED, *ALSO_COUNTED)}


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


Launch = Callable[..., Start]


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as parent:
        yield parent / "var"


@pytest.fixture
def launch(folder: Path) -> Iterator[Launch]:
    with ExitStack() as stack:

        def start(*, new_group: bool = False, **extra: str) -> Start:
            port = str(free_port())
            environment = bare_environment() | {"VAR_DIR": str(folder), "PORT": port} | extra
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "promptguard.core.quickstart"],
                    cwd=ROOT,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    start_new_session=new_group,
                )
            )
            stack.callback(process.terminate)
            return Start(
                folder, f"http://127.0.0.1:{port}", process, Output(process, stdout=True), Output(process)
            )

        yield start


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; in a container without an init the dead stay on the list as zombies."""
    _, alive = psutil.wait_procs(processes, timeout=0)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_the_first_start_serves_and_the_second_duplicates_nothing(launch: Launch, folder: Path) -> None:
    first = launch()
    first.said.wait_for(READY)
    assert requests.get(f"{first.url}/health", timeout=30).status_code == 200
    check_private_files(folder)
    check_sheet(first)
    check_commands(first)
    sheet, before, everybody = first.demo, first.counts(), first.household()
    assert first.interrupt() == 0
    assert living(everybody) == []
    assert "DATABASE_URL" not in read(folder / "env")

    second = launch()
    second.said.wait_for(READY)
    assert second.counts() == {**before, "guard_interaction": before["guard_interaction"]}
    assert {**second.demo, "base_url": ""} == {**sheet, "base_url": ""}
    everybody = second.household()
    assert second.interrupt(signal.SIGTERM) == 0
    assert living(everybody) == []


def check_private_files(folder: Path) -> None:
    assert mode(folder / "demo.json") == 0o600
    assert mode(folder / "env") == 0o600
    assert mode(folder) & 0o077 == (0o011 if os.geteuid() == 0 else 0)


def check_sheet(start: Start) -> None:
    sheet = start.demo
    assert sheet["base_url"] == start.url
    roles = [(person["organization"], person["role"]) for person in sheet["users"]]
    assert roles == [
        *(("Acme Corp", role) for role in ("owner", "admin", "member", "viewer")),
        ("Globex", "owner"),
    ]
    for person in [*sheet["users"], sheet["operator"]]:
        assert person["password"] in start.said.text
    answer = requests.get(f"{start.url}/api/v1/projects", headers={"X-API-Key": sheet["api_key"]}, timeout=30)
    assert sheet["project_id"] in {project["id"] for project in answer.json()}


def check_commands(start: Start) -> None:
    """What the greeting offers to paste does what it says."""
    guard, dashboard = (
        block
        for block in start.said.text.split("\n\n")
        if block.lstrip().startswith("# ") and "curl" in block
    )
    assert json.loads(bash(guard))["decision"] == "block"
    found = json.loads(bash(dashboard))["results"]
    assert len(found) == 3
    assert {row["decision"] for row in found} <= {"block", "redact"}


def bash(command: str) -> str:
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_when_a_child_dies_the_rest_stops_and_it_is_named(launch: Launch) -> None:
    start = launch()
    start.said.wait_for(READY)
    everybody = start.household()
    [sequencer] = [process for process in everybody if "run_audit_sequencer" in process.cmdline()]
    sequencer.kill()
    assert start.finish() == 1
    assert living(everybody) == []
    assert "PromptGuard cannot run: the sequencer ended with exit code -9" in start.complained.text


def test_a_stop_in_the_middle_of_a_start_leaves_nothing(launch: Launch) -> None:
    start = launch()
    start.said.wait_for(r"database \.\.\. \d")
    assert start.interrupt() == 0
    assert not (start.folder / "postgres" / "postmaster.pid").exists()


def test_ctrl_c_in_a_terminal_reaches_the_whole_group_and_is_no_failure(launch: Launch) -> None:
    start = launch(new_group=True)
    wait_until(lambda: (start.folder / "postgres").exists(), start.process)
    os.killpg(start.process.pid, signal.SIGINT)
    assert start.finish() == 0
    assert start.complained.text == ""
    again = launch()
    again.said.wait_for(r"database \.\.\. \d")
    assert again.interrupt() == 0


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Looks again and again, as long as the process lives."""
    while not condition():
        assert process.poll() is None


def test_a_taken_port_is_one_clear_line(launch: Launch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        start = launch(PORT=str(taken.getsockname()[1]))
        assert start.finish() == 1
    assert_one_line(start, "Address already in use")


@pytest.mark.parametrize("port", ["http", "0", "65536", "٣"])
def test_a_port_that_is_none_is_one_clear_line(launch: Launch, port: str) -> None:
    start = launch(PORT=port)
    assert start.finish() == 1
    assert_one_line(start, "is not a port")


def test_a_folder_that_cannot_be_made_is_one_clear_line(launch: Launch, folder: Path) -> None:
    folder.write_text("a file stands in the way")
    start = launch()
    assert start.finish() == 1
    assert_one_line(start, "cannot be written")


def test_a_database_that_does_not_answer_is_one_clear_line(launch: Launch) -> None:
    start = launch(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    assert start.finish() == 1
    assert_one_line(start, "the database of DATABASE_URL does not answer")


def test_a_broken_embedded_database_is_one_clear_line(launch: Launch, folder: Path) -> None:
    first = launch()
    first.said.wait_for(r"database \.\.\. \d")
    assert first.interrupt() == 0
    (folder / "postgres" / "global" / "pg_control").unlink()
    second = launch()
    assert second.finish() == 1
    assert_one_line(second, "the embedded PostgreSQL does not start")


def test_two_starts_over_one_folder_are_refused(launch: Launch) -> None:
    first = launch()
    first.said.wait_for(r"database \.\.\. \d")
    second = launch()
    assert second.finish() == 1
    assert_one_line(second, "another `make run`")
    assert first.interrupt() == 0


def assert_one_line(start: Start, reason: str) -> None:
    [line] = start.complained.text.splitlines()
    assert line.startswith("PromptGuard cannot run: ")
    assert reason in line


@pytest.mark.drill
def test_a_fresh_clone_runs_with_make_alone(sdk_path: Path) -> None:
    with open_folder() as parent, ExitStack() as stack:
        clone = parent / "clone"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        environment = bare_environment() | {"PORT": str(free_port())}
        environment["PATH"] = os.pathsep.join(("/usr/bin", "/bin", str(Path(sys.base_prefix) / "bin")))
        process = stack.enter_context(
            subprocess.Popen(
                [shutil.which("make") or "make", "run"],
                cwd=clone,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        said = Output(process, stdout=True)
        said.wait_for(READY, seconds=300)
        sheet = json.loads((clone / "var" / "demo.json").read_text())
        script = "import promptguard, sys; print(promptguard.verify(*sys.argv[1:])['checks_failed'])"
        checked = subprocess.run(
            [sys.executable, "-c", script, sheet["api_key"], f"{sheet['base_url']}/api/v1"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(sdk_path)},
            cwd=parent,
            capture_output=True,
            text=True,
            check=True,
        )
        assert checked.stdout.strip() == "0"
        os.killpg(process.pid, signal.SIGINT)
        said.finish()
        status = subprocess.run(
            ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
        )
        assert status.stdout == ""
