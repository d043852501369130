"""Any change of any stored value is found: one random mutation at a time, over every column that matters."""

import random
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from django.test import override_settings

from audit.actions import Action
from audit.checkpoints import sign_checkpoints
from audit.envelope import Target
from audit.holds import set_retention
from audit.retention import prune_partition
from audit.services import record, record_interaction
from audit.verification import snapshot, verify_everything
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope
from tests.audit.conftest import person
from tests.audit.past import months_ago

EVENTS = 24
FLIP = "set_byte({column}, {byte} %% octet_length({column}), get_byte({column}, {byte} %% octet_length({column})) # {bit})"
LATER = "{column} + {amount} * interval '1 microsecond'"
EVENT_COLUMNS = {
    "actor_ref": "{column} || 'x'",
    "canonical": FLIP,
    "epoch": "{column} + 1",
    "event_id": "gen_random_uuid()",
    "event_type": "{column} || 'x'",
    "hash": FLIP,
    "leaf_hash": FLIP,
    "occurred_at": LATER,
    "org_id": "gen_random_uuid()",
    "outcome": "{column} || 'x'",
    "prev_hash": FLIP,
    "retention_class": "'7y'",
    "sealed_at": LATER,
    "seq": "{column} + {amount}",
    "severity": "upper({column})",
    "target_refs": "{column} || 'x'::text",
}
PART_COLUMNS = {
    "ciphertext": FLIP,
    "event_id": "gen_random_uuid()",
    "key_id": "gen_random_uuid()",
    "nonce": FLIP,
    "org_id": "gen_random_uuid()",
    "part": "{column} + 1",
    "salt": FLIP,
    "subject_ref": "{column} || 'x'",
}
HEAD_COLUMNS = {
    "epoch": "{column} + 1",
    "hash": FLIP,
    "org_id": "gen_random_uuid()",
    "parent": FLIP,
    "retention_class": "'7y'",
    "sealed_at": LATER,
    "seq": "{column} + {amount}",
    "tree_state": "array[sha256('x')] || {column}[2:]",
}
CHECKPOINT_COLUMNS = {
    "epoch": "{column} + 1",
    "head_hash": FLIP,
    "note": "convert_from("
    + FLIP.replace("{column}", "convert_to({column}, 'SQL_ASCII')").replace("{bit}", "1")
    + ", 'SQL_ASCII')",
    "org_id": "gen_random_uuid()",
    "root": FLIP,
    "size": "{column} + {amount}",
}
INTERACTION_COLUMNS = {
    "event_id": "gen_random_uuid()",
    "leaf_hash": FLIP,
    "org_id": "gen_random_uuid()",
    "position": "{column} + {amount}",
}
PRUNE_COLUMNS = {
    "epoch": "{column} + 1",
    "event_seq": "{column} + {amount}",
    "from_seq": "{column} + {amount}",
    "last_hash": FLIP,
    "org_id": "gen_random_uuid()",
    "policy": "'7y'",
    "prev_hash": FLIP,
    "to_seq": "{column} + {amount}",
    "tree_state": "array[sha256('x')] || {column}[2:]",
}
COLUMNS = {
    "audit_event": EVENT_COLUMNS,
    "audit_private": PART_COLUMNS,
    "audit_head": HEAD_COLUMNS,
    "audit_checkpoint": CHECKPOINT_COLUMNS,
    "audit_interaction": INTERACTION_COLUMNS,
    "audit_prune": PRUNE_COLUMNS,
}


EXCUSED = {
    (
        "audit_checkpoint",
        "sealed_at",
    ): "when the row was written; the signed note carries the time that counts",
    ("audit_checkpoint", "salt"): "belongs to the global log, which the anchors prove",
    ("audit_checkpoint", "global_index"): "belongs to the global log, which the anchors prove",
    ("audit_interaction", "interaction_id"): "the guard compares it with its own rows",
}


@pytest.fixture(scope="module")
def chain(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Six events of a month that was pruned, twenty-four that are there, three interactions, two checkpoints."""
    caller, folder = person(), tmp_path_factory.mktemp("mutations")
    with override_settings(
        AUDIT_SIGNING_KEYS=str(folder / "keys"), AUDIT_ANCHOR_FILE="", AUDIT_SEALING="inline"
    ):
        with months_ago("30d") as partition:
            with organization_scope(caller.tenant):
                set_retention(caller=caller, retention_class="30d")
            append(caller, 6)
        append(caller, EVENTS // 2)
        prune_partition(partition)
        append(caller, EVENTS // 2)
        with organization_scope(caller.tenant):
            for _ in range(3):
                record_interaction(
                    organization_id=caller.tenant, interaction_id=uuid4(), leaf_hash=uuid4().bytes * 2
                )
        sign_checkpoints((), organization_id=caller.tenant, interval="0 seconds")
        yield caller


def append(caller: Caller, count: int) -> None:
    with organization_scope(caller.tenant):
        for number in range(count):
            details = {"number": number, "text": "näïve"}
            record(Action.PROJECT_UPDATED, caller=caller, targets=[Target("project", "p")], details=details)


@pytest.fixture(scope="module")
def originals(chain: Caller, superuser: psycopg.Connection) -> None:
    for table in COLUMNS:
        superuser.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")


def mutations(count: int) -> Iterator[tuple[str, str, str]]:
    """(table, column, new value), every column at least once where `count` allows."""
    dice = random.Random(4)
    columns = [
        (table, column, change) for table, changes in COLUMNS.items() for column, change in changes.items()
    ]
    for number in range(count):
        table, column, change = columns[number % len(columns)]
        value = change.format(
            column=column, byte=dice.randrange(600), bit=1 << dice.randrange(8), amount=dice.randrange(1, 9)
        )
        yield table, column, value


def convict(count: int, chain: Caller, superuser: psycopg.Connection) -> list[tuple[str, str, str, int]]:
    """The mutations that went unnoticed."""
    dice, unnoticed = random.Random(5), []
    for table, column, value in mutations(count):
        offset = dice.randrange(EVENTS)
        (rows,) = superuser.execute(
            f"SELECT count(*) FROM {table} WHERE org_id = %s", [chain.tenant]
        ).fetchone() or (0,)
        changed = superuser.execute(
            f"UPDATE {table} SET {column} = {value} WHERE org_id = %s AND (tableoid, ctid) ="
            f" (SELECT tableoid, ctid FROM {table} WHERE org_id = %s ORDER BY {table}::text OFFSET %s LIMIT 1)",
            [chain.tenant, chain.tenant, offset % rows],
        )
        assert changed.rowcount == 1
        if not findings():
            unnoticed.append((table, column, value, offset))
        superuser.execute(f"DELETE FROM {table}")
        superuser.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    return unnoticed


def findings() -> set[str]:
    """Over all chains, for a row may have been moved to another."""
    with snapshot():
        return {code for report in verify_everything(AnchorEvidence([])) for code in report.codes()}


@pytest.mark.usefixtures("originals")
def test_no_mutation_goes_unnoticed(chain: Caller, superuser: psycopg.Connection) -> None:
    assert findings() == set()
    assert convict(2 * sum(map(len, COLUMNS.values())), chain, superuser) == []
    assert findings() == set()


@pytest.mark.drill
@pytest.mark.usefixtures("originals")
def test_ten_thousand_mutations(chain: Caller, superuser: psycopg.Connection) -> None:
    assert convict(10_000, chain, superuser) == []


@pytest.mark.usefixtures("chain")
def test_every_column_is_mutated_or_excused(superuser: psycopg.Connection) -> None:
    """A new column is either covered here, or somebody says why it need not be."""
    found = superuser.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY(%s)",
        [list(COLUMNS)],
    ).fetchall()
    covered = {(table, column) for table, columns in COLUMNS.items() for column in columns}
    assert covered | EXCUSED.keys() == set(found) and not covered & EXCUSED.keys()
