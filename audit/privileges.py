"""Who may do what to the audit tables: appending, sealing, pruning and reading are four different roles.

Idempotent, run after each `migrate` and by `harden_audit`: a restored dump has lost its grants.
"""

from collections.abc import Iterator
from typing import Any

from promptguard.core.database import APPLICATION_ROLE, role_exists
from promptguard.core.tenancy import row_security_statements

SEQUENCER_ROLE = "promptguard_sequencer"
RETENTION_ROLE = "promptguard_retention"
AUDITOR_ROLE = "promptguard_auditor"
ROLES = (APPLICATION_ROLE, SEQUENCER_ROLE, RETENTION_ROLE, AUDITOR_ROLE)
MONTHS_AHEAD = 3

# Per table: what the application may do, what the sequencer may do. Everybody named may SELECT.
GRANTS: dict[str, tuple[str, str]] = {
    "audit_anchor": ("", "INSERT, UPDATE"),
    "audit_checkpoint": ("", "INSERT, UPDATE (global_index)"),
    "audit_event": ("", "INSERT"),
    "audit_event_held": ("", "INSERT"),
    "audit_head": ("", "INSERT, UPDATE"),
    "audit_inbox": ("INSERT", "INSERT, DELETE"),
    "audit_interaction": ("", "INSERT"),
    "audit_interaction_inbox": ("INSERT", "DELETE"),
    "audit_key": ("", "INSERT, UPDATE (retired, revoked)"),
    "audit_private": ("INSERT", ""),
    "audit_prune": ("", "INSERT"),
    "audit_tile": ("", "INSERT, UPDATE"),
    "data_subject": ("INSERT", ""),
    "legal_hold": ("INSERT, UPDATE (released_at)", ""),
    "retention_policy": ("INSERT, UPDATE", ""),
    "subject_key": ("INSERT, UPDATE (wrapped_dek, kek_id)", ""),
}
TABLES_OF_TENANTS = tuple(table for table in GRANTS if table not in ("audit_anchor", "audit_key"))
APPEND_ONLY = ("audit_event", "audit_event_held", "audit_interaction", "audit_prune")
NEVER_TRUNCATED = tuple(table for table in GRANTS if table not in ("audit_interaction_inbox",))
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "audit_ensure_partitions(integer)": (SEQUENCER_ROLE, RETENTION_ROLE),
    "audit_drop_partition(text)": (SEQUENCER_ROLE, RETENTION_ROLE),
    "audit_erase_subject(uuid, text, uuid)": (SEQUENCER_ROLE, RETENTION_ROLE),
    "audit_is_held(uuid, text, text[], text[], timestamptz)": (SEQUENCER_ROLE, RETENTION_ROLE, AUDITOR_ROLE),
}
PLATFORM = "'00000000-0000-0000-0000-000000000000'::uuid"


def create_roles(cursor: Any) -> list[str]:
    """The roles that are missing, created without sign-in. Needs CREATEROLE."""
    missing = [role for role in ROLES if not role_exists(cursor, role)]
    for role in missing:
        cursor.execute(f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    return missing


def secure(cursor: Any) -> None:
    """Row-level security, triggers, grants and partitions."""
    for statement in _fence_statements():
        cursor.execute(statement)
    present = [role for role in ROLES if role_exists(cursor, role)]
    for table in _every_table(cursor):
        for role in ("PUBLIC", *present):
            cursor.execute(f'REVOKE ALL ON "{table}" FROM {role}')
    for role in present:
        for statement in _grant_statements(role):
            cursor.execute(statement)
    _secure_functions(cursor, present)
    cursor.execute("SELECT audit_ensure_partitions(%s)", [MONTHS_AHEAD])


def _every_table(cursor: Any) -> list[str]:
    """The audit tables and each partition of `audit_event`, which core's broad grant has reached as well."""
    cursor.execute("SELECT relid::regclass::text FROM pg_partition_tree('audit_event')")
    return sorted({*GRANTS, *(name for (name,) in cursor.fetchall())})


def _fence_statements() -> Iterator[str]:
    for table in TABLES_OF_TENANTS:
        yield from row_security_statements(table, "org_id")
    # Anyone may report to the platform's own chain; reading it needs the platform's scope.
    for table in ("audit_inbox", "audit_private", "data_subject", "subject_key"):
        yield f"DROP POLICY IF EXISTS platform ON {table}"
        yield f"CREATE POLICY platform ON {table} FOR INSERT WITH CHECK (org_id = {PLATFORM})"
    for table in ("data_subject", "subject_key"):
        yield f"DROP POLICY IF EXISTS platform_read ON {table}"
        yield f"CREATE POLICY platform_read ON {table} FOR SELECT USING (org_id = {PLATFORM})"
    for table in APPEND_ONLY:
        yield _trigger(table, "append_only", "BEFORE UPDATE OR DELETE", "ROW")
    for table in NEVER_TRUNCATED:
        yield _trigger(table, "never_truncated", "BEFORE TRUNCATE", "STATEMENT")


def _trigger(table: str, name: str, when: str, each: str) -> str:
    return f"CREATE OR REPLACE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION audit_refuse_change()"


def _grant_statements(role: str) -> Iterator[str]:
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    for table, (application, sequencer) in GRANTS.items():
        extra = {APPLICATION_ROLE: application, SEQUENCER_ROLE: sequencer}.get(role, "")
        if role != RETENTION_ROLE:
            yield f"GRANT SELECT ON {table} TO {role}"
        if extra:
            yield f"GRANT {extra} ON {table} TO {role}"


def _secure_functions(cursor: Any, present: list[str]) -> None:
    for function, roles in FUNCTIONS.items():
        cursor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        for role in roles:
            if role in present:
                cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")
