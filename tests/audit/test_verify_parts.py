"""`verify_audit_chain` on a part of a chain, from where it stopped, by several processes, and in every form."""

import inspect
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree as ET

import psycopg
import pytest
import time_machine

from audit import promptguard_verify
from audit.actions import Action
from audit.anchors import configured_sinks, publish_anchors
from audit.checkpoints import sign_checkpoints
from audit.keys import current_key
from audit.management.commands.verify_audit_chain import Command
from audit.privileges import GRANTS
from audit.services import record
from audit.verification import presenting
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope
from promptguard.guard import verifying
from tests.audit.adversary import Adversary
from tests.audit.conftest import person
from tests.audit.test_verify_command import run
from tests.people import found_acme


@pytest.fixture
def chain(caller: Caller, superuser: psycopg.Connection, tmp_path: Path, settings) -> Caller:  # type: ignore[no-untyped-def]
    """600 events with a checkpoint and an anchor after each 200, keys and anchors of this test's own."""
    superuser.execute(f"TRUNCATE {', '.join(GRANTS)}")
    settings.AUDIT_SIGNING_KEYS = str(tmp_path / "keys")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    for _ in range(3):
        append(caller, 200)
        sign(caller)
    return caller


def append(caller: Caller, count: int) -> None:
    with organization_scope(caller.tenant):
        for number in range(count):
            record(Action.PROJECT_UPDATED, caller=caller, details={"number": number})


def sign(caller: Caller) -> None:
    sinks = configured_sinks()
    sign_checkpoints(tuple(sinks), organization_id=caller.tenant, interval="0 seconds")
    publish_anchors(sinks)


def codes(*arguments: str) -> tuple[int, set[str], int]:
    """Exit code, finding codes, events looked at."""
    code, text = run(*arguments, "--json")
    reports = json.loads(text)["organizations"]
    found = {finding["code"] for report in reports for finding in report["findings"]}
    return code, found, sum(report["counts"]["events"] for report in reports)


@pytest.mark.parametrize(
    ("first", "last"), [(1, 600), (1, 50), (2, 2), (200, 201), (257, 512), (400, 600), (600, 600)]
)
def test_any_part_of_a_healthy_chain_is_clean(chain: Caller, first: int, last: int) -> None:
    ends = ("--from", str(first), "--to", str(last))
    assert codes("--org", str(chain.tenant), *ends) == (0, set(), last - first + 1)


def test_a_part_convicts_what_lies_in_it_and_nothing_else(
    chain: Caller, superuser: psycopg.Connection
) -> None:
    Adversary(superuser, chain.tenant, current_key()).edit(300)
    assert codes("--org", str(chain.tenant), "--from", "290", "--to", "310")[:2] == (1, {"content"})
    assert codes("--org", str(chain.tenant), "--from", "301")[:2] == (0, set())
    assert codes("--org", str(chain.tenant), "--to", "299")[:2] == (0, set())


def test_a_part_that_was_hashed_anew_differs_from_what_was_signed(
    chain: Caller, superuser: psycopg.Connection
) -> None:
    adversary = Adversary(superuser, chain.tenant, current_key())
    adversary.edit(300)
    adversary.rehash(300)
    assert codes("--org", str(chain.tenant), "--from", "250", "--to", "450")[:2] == (
        1,
        {"anchor-root", "checkpoint-root"},
    )


def test_the_next_run_goes_on_from_the_last_anchor(chain: Caller, superuser: psycopg.Connection) -> None:
    org = ("--org", str(chain.tenant))
    append(chain, 7)
    assert codes(*org, "--since-last") == (0, set(), 607)
    assert codes(*org, "--since-last") == (0, set(), 7)
    append(chain, 5)
    sign(chain)
    assert codes(*org, "--since-last") == (0, set(), 12)
    assert codes(*org, "--since-last") == (0, set(), 0)
    append(chain, 5)
    Adversary(superuser, chain.tenant, current_key()).edit(614)
    assert codes(*org, "--since-last") == (1, {"content"}, 5)
    assert codes(*org, "--since-last") == (1, {"content"}, 5)


def test_a_log_shorter_than_what_was_verified_is_found(chain: Caller, superuser: psycopg.Connection) -> None:
    assert codes("--since-last")[0] == 0
    Adversary(superuser, chain.tenant, current_key()).truncate(550, checkpoints=True)
    assert codes("--org", str(chain.tenant), "--since-last")[0] == 1


def test_a_rewritten_past_does_not_join_what_was_verified(
    chain: Caller, superuser: psycopg.Connection
) -> None:
    assert codes("--since-last")[0] == 0
    append(chain, 3)
    adversary = Adversary(superuser, chain.tenant, current_key())
    adversary.edit(5)
    adversary.rehash(5)
    assert codes("--since-last")[:2] == (1, {"link"})


def test_several_processes_agree_with_one(chain: Caller, superuser: psycopg.Connection) -> None:
    others = [person() for _ in range(3)]
    for other in others:
        append(other, 20)
    Adversary(superuser, others[1].tenant, current_key()).edit(7)
    alone, together = run("--json"), run("--json", "--jobs", "2")
    assert alone[0] == 1 and alone == together
    assert codes("--jobs", "2", "--since-last")[0] == 1


def test_a_build_server_reads_it(chain: Caller, superuser: psycopg.Connection) -> None:
    Adversary(superuser, chain.tenant, current_key()).edit(300)
    code, text = run("--format", "junit")
    suite = ET.fromstring(text)  # noqa: S314  our own
    assert code == 1 and suite.get("failures") == "1"
    (failure,) = suite.iter("failure")
    assert failure.get("type") == "content" and "#300" in failure.get("message", "")
    assert len(list(suite.iter("testcase"))) == int(suite.get("tests", "0")) >= 7


def test_each_finding_is_explained(chain: Caller, superuser: psycopg.Connection) -> None:
    Adversary(superuser, chain.tenant, current_key()).edit(300)
    assert "the row was edited" not in run()[1]
    assert (
        "content: The bytes are not those whose hash was sealed: the row was edited." in run("--explain")[1]
    )


def test_every_code_has_words() -> None:
    source = inspect.getsource(promptguard_verify) + inspect.getsource(verifying)
    kinds = {"checkpoint", "anchor"}
    named = {
        line.split('report.add("')[1].split('"')[0] for line in source.splitlines() if 'report.add("' in line
    }
    named |= {f"{kind}-{what}" for kind in kinds for what in ("root", "ahead", "signature", "origin")}
    of_files = {"bundle-altered"} | {code for code in named if code.startswith("certificate-")}
    assert named - of_files <= set(presenting.EXPLANATIONS)
    for code in presenting.EXPLANATIONS:
        assert any(code.startswith(starts) for starts in presenting.AREAS.values()), code


def test_people_read_slugs(database: str) -> None:
    acme = found_acme()
    assert f"org={acme.organization.slug}  OK" in run("--org", acme.organization.slug)[1]
    assert f"org={acme.organization.slug}  " in run()[1] and "org=platform  " in run()[1]


def test_events_that_wait_too_long_are_named(chain: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SEALING = "sequencer"
    with time_machine.travel(datetime.now(UTC) - timedelta(seconds=40)):
        append(chain, 1)
    assert codes("--org", str(chain.tenant))[:2] == (3, {"backlog"})


def test_events_that_nobody_outside_has_seen_for_hours_are_named(chain: Caller, database: str) -> None:
    other = person()
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=3)):
        append(other, 3)
    assert codes("--org", str(other.tenant))[:2] == (3, {"anchor-overdue"})
    sign(other)
    assert codes("--org", str(other.tenant))[:2] == (0, set())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--format", "xml"],
        ["--from", "3"],
        ["--org", "platform", "--from", "0"],
        ["--org", str(uuid4()), "--from", "3"],
        ["--engine", "sql", "--since-last"],
        ["--jobs", "0"],
    ],
)
def test_wrong_usage_is_four(database: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        Command().run_from_argv(["manage.py", "verify_audit_chain", *arguments])
    assert stopped.value.code == 4 and capsys.readouterr().err
