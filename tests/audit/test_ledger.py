"""The ledger of erasures: what a restored backup must not undo."""

import io
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import call_command

from audit.actions import Action
from audit.erasure import announce_erasure, carry_out_erasures
from audit.ledger import BrokenLedger, erasures, note_erasure, returned
from audit.models import DataSubject
from audit.privileges import GRANTS
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope, platform_scope


@pytest.fixture
def path(superuser: psycopg.Connection, tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    """Keys and a ledger of this test's own."""
    superuser.execute(f"TRUNCATE {', '.join(GRANTS)}")
    settings.AUDIT_SIGNING_KEYS = str(tmp_path / "keys")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    settings.AUDIT_ERASURE_LEDGER = str(tmp_path / "ledger")
    return tmp_path / "ledger"


def self_of(caller: Caller) -> UUID:
    assert caller.actor.id is not None
    return caller.actor.id


def known_person(caller: Caller) -> str:
    with organization_scope(caller.tenant):
        record(Action.PROJECT_UPDATED, caller=caller)
        return DataSubject.objects.for_caller(caller).get(user_id=self_of(caller)).subject_ref


def erase(caller: Caller) -> None:
    with organization_scope(caller.tenant):
        announce_erasure(caller=caller, user_id=self_of(caller))
    carry_out_erasures()


def restore_audit() -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("restore_audit", stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_whoever_comes_back_with_a_backup_is_named(
    path: Path, caller: Caller, superuser: psycopg.Connection
) -> None:
    ref, request_id = known_person(caller), uuid4()
    kept = superuser.execute("SELECT * FROM data_subject WHERE subject_ref = %s", [ref]).fetchone()
    note_erasure(request_id=request_id, user_id=self_of(caller))
    (entry,) = erasures()
    assert (entry.request_id, entry.user_id, entry.refs) == (
        request_id,
        caller.actor.id,
        ((caller.tenant, ref),),
    )
    assert returned([entry]) == [entry]
    erase(caller)
    assert returned([entry]) == []
    (path.parent / "anchors").write_text("")
    assert restore_audit() == (
        0,
        "0 chains continue in a new epoch\n1 erasures on the ledger, 0 undone by the backup\n",
    )
    superuser.execute("INSERT INTO data_subject VALUES (%s, %s, %s)", kept)  # as a backup would
    code, text = restore_audit()
    assert code == 3 and f"request {request_id} is undone" in text


def test_a_key_that_came_back_is_a_return(path: Path, caller: Caller, superuser: psycopg.Connection) -> None:
    ref = known_person(caller)
    note_erasure(request_id=uuid4(), user_id=self_of(caller))
    erase(caller)
    superuser.execute("UPDATE subject_key SET destroyed_at = NULL WHERE subject_ref = %s", [ref])
    assert returned(erasures()) == erasures()


def test_noting_twice_adds_nothing(path: Path, caller: Caller) -> None:
    request_id = uuid4()
    for _ in range(2):
        note_erasure(request_id=request_id, user_id=uuid4())
    note_erasure(request_id=uuid4(), user_id=uuid4())
    assert len(erasures()) == 2


def test_a_writer_killed_half_way_leaves_a_usable_ledger(path: Path) -> None:
    note_erasure(request_id=uuid4(), user_id=uuid4())
    whole = path.read_text()
    note_erasure(request_id=uuid4(), user_id=uuid4())
    both = path.read_text()
    for cut in range(len(whole) + 1, len(both) - 1):
        path.write_text(both[:cut])
        assert len(erasures()) == 1
    note_erasure(request_id=uuid4(), user_id=uuid4())
    assert len(erasures()) == 2


@pytest.mark.parametrize("damage", ["altered", "first gone", "middle gone", "swapped"])
def test_a_ledger_that_was_touched_is_not_believed(path: Path, damage: str) -> None:
    parts: list[str] = []
    for _ in range(3):
        note_erasure(request_id=uuid4(), user_id=uuid4())
        parts.append(path.read_text().removeprefix("".join(parts)))
    first, middle, last = parts
    path.write_text(
        {
            "altered": first.replace("user ", "user 0", 1) + middle + last,
            "first gone": middle + last,
            "middle gone": first + last,
            "swapped": middle + first + last,
        }[damage]
    )
    with pytest.raises(BrokenLedger):
        erasures()
    with pytest.raises(BrokenLedger):
        note_erasure(request_id=uuid4(), user_id=uuid4())


def test_it_is_read_without_the_key_table(path: Path, superuser: psycopg.Connection) -> None:
    """A restored database may not know the key that signed last week."""
    note_erasure(request_id=uuid4(), user_id=uuid4())
    superuser.execute("TRUNCATE audit_key")
    assert len(erasures()) == 1


def test_nobody_was_erased_yet(path: Path) -> None:
    assert erasures() == []
    with platform_scope():
        assert returned([]) == []
