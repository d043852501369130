"""`manage.py check --tag audit`: proof, asked of the database, that the running role could do no harm."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError, connections

FORBIDDEN = {
    "audit_event": "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER",
    "audit_event_held": "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER",
    "audit_inbox": "UPDATE, DELETE, TRUNCATE, TRIGGER",
    "audit_head": "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER",
    "audit_checkpoint": "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER",
    "audit_key": "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER",
    "audit_private": "UPDATE, DELETE, TRUNCATE, TRIGGER",
    "audit_prune": "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER",
}
HINT = "Connect the application as promptguard_app, own the tables by another role, and run `manage.py harden_audit`."


def harmful_privileges(using: str = "default") -> list[str]:
    """What the role behind `using` could do to the chain although it should not, e.g. `DELETE on audit_event`."""
    with connections[using].cursor() as cursor:
        found = [
            f"{privilege} on {table}"
            for table, privileges in FORBIDDEN.items()
            for privilege in privileges.split(", ")
            if _one(cursor, "SELECT has_table_privilege(%s, %s)", table, privilege)
        ]
        owned = _one(
            cursor,
            "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'audit_event'::regclass",
        )
        bypasses = _one(cursor, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    found += ["ownership of audit_event"] * bool(owned) + ["bypass of row-level security"] * bool(bypasses)
    return found


def missing_fences(using: str = "default") -> list[str]:
    """Triggers and row-level security that should be on and are not."""
    with connections[using].cursor() as cursor:
        return list(_missing(cursor))


def _missing(cursor: Any) -> Iterator[str]:
    from audit.privileges import APPEND_ONLY, NEVER_TRUNCATED, TABLES_OF_TENANTS

    for name, tables in (("append_only", APPEND_ONLY), ("never_truncated", NEVER_TRUNCATED)):
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s AND tgenabled IN ('O', 'A')",
            [name],
        )
        present = {table for (table,) in cursor.fetchall()}
        yield from (f"trigger {name} on {table}" for table in tables if table not in present)
    cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    walled = {table for (table,) in cursor.fetchall()}
    yield from (f"row-level security on {table}" for table in TABLES_OF_TENANTS if table not in walled)


def _one(cursor: Any, sql: str, *parameters: str) -> Any:
    cursor.execute(sql, parameters)
    return cursor.fetchone()[0]


@register("audit")
def check_privileges(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Asks the database only when told to (`check --tag audit --database default`)."""
    if "default" not in (databases or ()):
        return []
    try:
        harmful, missing = harmful_privileges(), missing_fences()
    except DatabaseError as error:
        return [Warning(f"The audit tables cannot be looked at ({type(error).__name__}).", id="audit.W003")]
    found: list[CheckMessage] = []
    if harmful:
        found.append(Warning(f"The application's role has {', '.join(harmful)}.", hint=HINT, id="audit.W001"))
    if missing:
        found.append(Warning(f"Fences are down: {', '.join(missing)}.", hint=HINT, id="audit.W002"))
    return found
