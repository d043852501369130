"""Real commits, for the chain is sealed after them; each test has organizations of its own instead of a clean table."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from django.db import connections

from audit.subjects import forget_remembered
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from tests import servers
from tests.conftest import close_connections


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """One database for all tests of a module, thrown away afterwards; yields its name."""
    name = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock():
        yield name
        close_connections()
    servers.fresh_database(name, "template_" + name.split("_")[1])


@pytest.fixture(scope="module")
def superuser(database: str) -> Iterator[psycopg.Connection]:
    """The adversary who owns the database: everything is allowed, triggers are asleep."""
    with servers.superuser(database) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def caller(database: str) -> Caller:
    """Olivia of an organization that nobody else uses."""
    forget_remembered()
    return person()


def person() -> Caller:
    actor = Actor(ActorType.USER, uuid4(), Via.SESSION)
    return Caller(uuid4(), actor, origin=Origin("203.0.113.9", "Mozilla/5.0", "request-0001"))
