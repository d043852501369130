"""The application's role cannot change what was recorded, whatever it tries; the tables of the promise are complete."""

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from audit.actions import Action
from audit.checks import check_privileges, harmful_privileges, missing_fences
from audit.privileges import GRANTS, NEVER_TRUNCATED
from audit.services import record
from promptguard.core.caller import Caller
from tests import servers

HARM = {
    "update": "UPDATE {table} SET org_id = org_id",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table}",
    "alter": "ALTER TABLE {table} ADD COLUMN harm text",
    "rename": "ALTER TABLE {table} RENAME TO harm",
    "disable trigger": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "drop": "DROP TABLE {table}",
    "no row security": "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "copy": "COPY {table} FROM STDIN",
    "truncate cascade": "TRUNCATE {table} CASCADE",
    "own": "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "rule": "CREATE RULE harm AS ON INSERT TO {table} DO INSTEAD NOTHING",
}
# What the application legitimately does: keep policies. It appends with INSERT, since row security refuses COPY.
ALLOWED = {("update", "retention_policy")}
MODELS = {model._meta.db_table: model for model in apps.get_app_config("audit").get_models()}


def first_column(table: str) -> str:
    model = MODELS.get(table)
    return model._meta.concrete_fields[0].column if model else "org_id"


@pytest.fixture
def application(database: str):  # type: ignore[no-untyped-def]
    with psycopg.connect(servers.role_url("promptguard_app", database), autocommit=True) as session:
        yield session


@pytest.mark.parametrize("table", sorted({*MODELS, *GRANTS, "audit_event_365d_default"}))
def test_the_application_role_is_refused(application: psycopg.Connection, table: str) -> None:
    """Every table of the room's models, so that a new one is covered by itself, and those that have no model."""
    done = {harm for harm, statement in HARM.items() if succeeds(application, statement, table)}
    assert done == {harm for harm, of in ALLOWED if of == table}


def succeeds(application: psycopg.Connection, statement: str, table: str) -> bool:
    try:
        application.execute(statement.format(table=table).replace("org_id", first_column(table)))
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.errors.FeatureNotSupported:
        assert statement == HARM["copy"]
        return False
    return True


def test_no_table_of_the_room_is_forgotten(superuser: psycopg.Connection) -> None:
    """What the database has beside the models and the grants are partitions, which nobody may reach directly."""
    found = superuser.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'audit_%'"
    )
    tables = {name for (name,) in found.fetchall()}
    partitions = {
        name
        for (name,) in superuser.execute(
            "SELECT relid::regclass::text FROM pg_partition_tree('audit_event')"
        ).fetchall()
    }
    assert (
        tables - partitions == {name for name in {*MODELS, *GRANTS} if name.startswith("audit_")} - partitions
    )
    assert MODELS.keys() - {"audit_event"} <= GRANTS.keys()
    reachable = superuser.execute(
        "SELECT t FROM unnest(%s::text[]) AS t WHERE has_table_privilege('promptguard_app', t, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')",
        [sorted(partitions - {"audit_event"})],
    ).fetchall()
    assert reachable == []


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET ROLE promptguard_owner",
        "SET ROLE promptguard_sequencer",
        "SELECT audit_ensure_partitions(1)",
        "DROP FUNCTION audit_refuse_change()",
        "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "ALTER TABLE audit_event DETACH PARTITION audit_event_365d",
        "INSERT INTO audit_event SELECT * FROM audit_event",
        "INSERT INTO audit_head SELECT * FROM audit_head",
        "SELECT * FROM audit_event_365d",
    ],
)
def test_the_application_role_finds_no_way_around(application: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(statement)


@pytest.mark.parametrize("table", sorted(NEVER_TRUNCATED))
def test_even_the_owner_runs_into_the_fence(caller: Caller, table: str) -> None:
    record(Action.PROJECT_CREATED, caller=caller)
    with psycopg.connect(servers.role_url("promptguard_owner", connection.settings_dict["NAME"])) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(f"TRUNCATE {table}")
        owner.rollback()
        owner.execute("SELECT set_config('promptguard.all_organizations', 'on', true)")
        for statement in ("UPDATE audit_event SET severity = ''", "DELETE FROM audit_event"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
                owner.execute(statement)


def test_the_sequencer_cannot_change_what_it_sealed(caller: Caller) -> None:
    record(Action.PROJECT_CREATED, caller=caller)
    with psycopg.connect(
        servers.role_url("promptguard_sequencer", connection.settings_dict["NAME"])
    ) as sequencer:
        for statement in (
            "UPDATE audit_event SET severity = ''",
            "DELETE FROM audit_event",
            "DELETE FROM audit_head",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), sequencer.transaction():
                sequencer.execute(statement)


def test_the_check_finds_nothing_here(database: str) -> None:
    assert harmful_privileges() == [] and missing_fences() == []
    assert check_privileges(None, databases=["default"]) == []
    assert check_privileges(None, databases=None) == []


def test_the_check_sees_a_grant_and_a_disabled_trigger(superuser: psycopg.Connection) -> None:
    superuser.execute("GRANT DELETE ON audit_event TO promptguard_app")
    superuser.execute("ALTER TABLE audit_event DISABLE TRIGGER append_only")
    assert harmful_privileges() == ["DELETE on audit_event"]
    assert missing_fences() == ["trigger append_only on audit_event"]
    assert {message.id for message in check_privileges(None, databases=["default"])} == {
        "audit.W001",
        "audit.W002",
    }
    superuser.execute("ALTER TABLE audit_event ENABLE TRIGGER append_only")
    call_command("harden_audit", verbosity=0)
    assert harmful_privileges() == [] and missing_fences() == []


def test_the_check_says_so_where_one_role_does_it_all(database: str) -> None:
    harm = harmful_privileges("owner")
    assert "ownership of audit_event" in harm and "DELETE on audit_event" in harm
