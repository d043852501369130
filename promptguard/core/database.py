"""Roles and privileges: idempotent SQL that `manage.py migrate` runs as the owner after the migrations.

Run each time rather than once, so that a restored dump (which loses its grants) heals by itself.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from promptguard.core.tenancy import TenantModel, row_security_statements

APPLICATION_ROLE = "promptguard_app"
_kept: WeakKeyDictionary[BaseDatabaseWrapper, psycopg.Cursor[Any]] = WeakKeyDictionary()


@contextmanager
def driver_cursor(using: str = "default") -> Iterator[psycopg.Cursor[Any]]:
    """The driver's own cursor of the current transaction, kept with its connection: half the cost of Django's.

    Parameters travel apart from the statement. Fetch before the next use; Django's query log does not see it.
    Raises what Django raises.
    """
    wrapper = connections[using]
    wrapper.ensure_connection()
    cursor = _kept.get(wrapper)
    if cursor is None or cursor.connection is not wrapper.connection:
        cursor = _kept[wrapper] = psycopg.Cursor(wrapper.connection)
    with wrapper.wrap_database_errors:
        yield cursor


def role_exists(cursor: Any, role: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    return cursor.fetchone() is not None


def grant_application(cursor: Any) -> None:
    """Rows, never structure: the application's role owns no table. Nothing to do where one role does all."""
    if role_exists(cursor, APPLICATION_ROLE):
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE}")
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APPLICATION_ROLE}"
        )
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION_ROLE}")


def secure_tenant_tables(cursor: Any, every_model: Iterable[type[models.Model]]) -> None:
    """Row-level security on each table that belongs to an organization, and on the organizations."""
    for model in every_model:
        if column := tenant_column(model):
            for statement in row_security_statements(model._meta.db_table, column):
                cursor.execute(statement)


def tenant_column(model: type[models.Model]) -> str | None:
    """The column that says whose row it is, or None for global models."""
    if issubclass(model, TenantModel):
        return "organization_id"
    if model._meta.label == "organizations.Organization":
        return "id"
    return getattr(model, "tenant_column", None)
