"""A backup of the audit tables and its restore, as `pg_dump` and `pg_restore --data-only` would do it."""

from uuid import uuid4

import psycopg
from psycopg import sql

from audit.privileges import GRANTS
from audit.subjects import forget_remembered


class Backup:
    """Every row of every audit table, as it was when this was made."""

    def __init__(self, session: psycopg.Connection) -> None:
        self._session, self._schema = session, f"backup_{uuid4().hex}"
        session.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self._schema)))
        for table in GRANTS:
            session.execute(
                sql.SQL("CREATE TABLE {} AS TABLE {}").format(self._copy(table), self._own(table))
            )

    def restore(self) -> None:
        """What the database has learnt since is gone, from every process's memory too."""
        with self._session.transaction():
            for table in GRANTS:
                self._session.execute(sql.SQL("DELETE FROM {}").format(self._own(table)))
                statement = sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE TABLE {}")
                self._session.execute(statement.format(self._own(table), self._copy(table)))
        forget_remembered()

    def discard(self) -> None:
        self._session.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(self._schema)))

    def _copy(self, table: str) -> sql.Identifier:
        return sql.Identifier(self._schema, table)

    def _own(self, table: str) -> sql.Identifier:
        return sql.Identifier("public", table)
