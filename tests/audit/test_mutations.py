"""Any change of any stored value is found: one random mutation at a time, over every column that matters."""

import random
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from audit.actions import Action
from audit.envelope import Target
from audit.models import AuditEvent
from audit.sealing import seal_batch
from audit.services import record
from audit.verification import snapshot, verify_organization
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope
from tests.audit.conftest import person

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
HEAD_COLUMNS = {"hash": FLIP, "seq": "{column} + 1", "tree_state": "array[sha256('x')] || {column}[2:]"}


@pytest.fixture(scope="module")
def chain(database: str) -> Caller:
    caller = person()
    with organization_scope(caller.tenant):
        for number in range(EVENTS):
            details = {"number": number, "text": "näïve"}
            record(Action.PROJECT_UPDATED, caller=caller, targets=[Target("project", "p")], details=details)
    while seal_batch():
        pass
    with organization_scope(caller.tenant):
        assert AuditEvent.objects.for_caller(caller).count() == EVENTS
    return caller


@pytest.fixture(scope="module")
def originals(chain: Caller, superuser: psycopg.Connection) -> None:
    for table in ("audit_event", "audit_private", "audit_head"):
        superuser.execute(
            f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table} WHERE org_id = '{chain.tenant}'"
        )


def mutations(count: int) -> Iterator[tuple[str, str, str]]:
    """(table, column, new value), every column at least once where `count` allows."""
    dice = random.Random(4)
    columns = [
        (table, column, change)
        for table, changes in (
            ("audit_event", EVENT_COLUMNS),
            ("audit_private", PART_COLUMNS),
            ("audit_head", HEAD_COLUMNS),
        )
        for column, change in changes.items()
    ]
    for number in range(count):
        table, column, change = columns[number % len(columns)]
        value = change.format(
            column=column, byte=dice.randrange(600), bit=1 << dice.randrange(8), amount=dice.randrange(1, 9)
        )
        yield table, column, value


def convict(count: int, chain: Caller, superuser: psycopg.Connection) -> list[tuple[str, str, str]]:
    """The mutations that went unnoticed."""
    dice, unnoticed = random.Random(5), []
    for table, column, value in mutations(count):
        chosen = f"(SELECT ctid FROM {table} WHERE org_id = %s ORDER BY random_order OFFSET %s LIMIT 1)"
        chosen = chosen.replace("random_order", "event_id" if table != "audit_head" else "epoch")
        offset = dice.randrange(EVENTS) if table != "audit_head" else 0
        superuser.execute(
            f"UPDATE {table} SET {column} = {value} WHERE org_id = %s AND ctid = {chosen}",
            [chain.tenant, chain.tenant, offset],
        )
        if not findings(chain.tenant):
            unnoticed.append((table, column, value))
        restore(table, chain.tenant, superuser)
    return unnoticed


def findings(organization_id: UUID) -> set[str]:
    with snapshot():
        return verify_organization(organization_id).codes()


def restore(table: str, organization_id: UUID, superuser: psycopg.Connection) -> None:
    superuser.execute(f"DELETE FROM {table}")
    superuser.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


@pytest.mark.usefixtures("originals")
def test_no_mutation_goes_unnoticed(chain: Caller, superuser: psycopg.Connection) -> None:
    assert findings(chain.tenant) == set()
    assert convict(135, chain, superuser) == []
    assert findings(chain.tenant) == set()


@pytest.mark.drill
@pytest.mark.usefixtures("originals")
def test_ten_thousand_mutations(chain: Caller, superuser: psycopg.Connection) -> None:
    assert convict(10_000, chain, superuser) == []
