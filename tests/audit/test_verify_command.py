"""`verify_audit_chain`: what it prints, names and exits with."""

import io
import json
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit.actions import Action
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("verify_audit_chain", *arguments, stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def chain(caller: Caller) -> Caller:
    with organization_scope(caller.tenant):
        for number in range(10):
            record(Action.PROJECT_UPDATED, caller=caller, details={"number": number})
    return caller


def test_a_healthy_chain(chain: Caller) -> None:
    code, text = run("--org", str(chain.tenant))
    assert code == 0 and f"org={chain.tenant}  OK" in text
    assert "10 events, head" in text


def test_the_first_broken_event_is_named(chain: Caller, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "UPDATE audit_event SET canonical = overlay(canonical placing 'x' from 20) WHERE org_id = %s AND seq = 4",
        [chain.tenant],
    )
    code, text = run("--org", str(chain.tenant), "--json")
    (report,) = json.loads(text)["organizations"]
    assert code == 1 and json.loads(text)["exit"] == 1
    assert ("content", 4) in {(finding["code"], finding["from"]) for finding in report["findings"]}


def test_all_chains_are_looked_at_and_the_worst_decides(chain: Caller, superuser: psycopg.Connection) -> None:
    superuser.execute("DELETE FROM audit_event WHERE org_id = %s AND seq = 7", [chain.tenant])
    code, text = run("--all")
    assert code == 1 and "gap  epoch 1 #7" in text


def test_an_empty_chain_is_not_an_error(database: str) -> None:
    code, text = run("--org", str(uuid4()))
    assert code == 0 and "events 0" in text


def test_the_platform_has_a_name(caller: Caller) -> None:
    assert run("--org", "platform")[0] == 0


def test_an_unknown_organization_is_a_usage_error(database: str) -> None:
    with pytest.raises((CommandError, LookupError)) as raised:
        run("--org", "no-such-slug")
    if isinstance(raised.value, CommandError):
        assert raised.value.returncode == 4


@pytest.mark.parametrize(
    ("tampering", "code"),
    [
        (
            "UPDATE audit_event SET canonical = overlay(canonical placing 'x' from 12) WHERE org_id = %s AND seq = 4",
            "content",
        ),
        ("UPDATE audit_event SET leaf_hash = sha256('x') WHERE org_id = %s AND seq = 4", "link"),
        ("DELETE FROM audit_event WHERE org_id = %s AND seq = 4", "gap"),
        ("DELETE FROM audit_event WHERE org_id = %s AND seq > 8", "head"),
        ("UPDATE audit_event SET event_type = 'x' WHERE org_id = %s AND seq = 4", "projection"),
        (
            "UPDATE audit_event SET sealed_at = sealed_at - interval '1 day' WHERE org_id = %s AND seq = 4",
            "clock-back",
        ),
    ],
)
def test_the_quick_engine_finds_what_one_statement_can(
    chain: Caller, superuser: psycopg.Connection, tampering: str, code: str
) -> None:
    assert run("--engine", "sql", "--org", str(chain.tenant))[0] == 0
    superuser.execute(tampering, [chain.tenant])
    exit_code, text = run("--engine", "sql", "--org", str(chain.tenant), "--json")
    assert exit_code == 1
    assert code in {finding["code"] for finding in json.loads(text)["organizations"][0]["findings"]}


def test_missing_anchors_that_were_asked_for_are_not_clean(chain: Caller) -> None:
    code, text = run("--org", str(chain.tenant), "--anchors", "/nonexistent/anchors")
    assert code == 2 and "anchor-missing" in text


def test_the_figures_say_how_it_goes(chain: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    from audit.upkeep import figures

    assert figures()["ready"]
    settings.AUDIT_SEALING = "sequencer"
    record(Action.PROJECT_UPDATED, caller=chain)
    assert figures()["unsealed"] == 1
