"""Fixtures every room's tests may use: the database, the people, their clients."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker

from organizations import throttles
from promptguard.core.http import outbound
from tests import servers
from tests.e2e.chromium import Person, chromium
from tests.people import Tenant, found_acme, found_globex
from tests.webhooks.receivers import Receiver


@pytest.fixture(scope="session")
def django_db_setup(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, django_db_blocker: DjangoDbBlocker
) -> None:
    """A database of this worker's own, copied from one that was migrated once in this run."""
    run = f"{os.environ.get('PYTEST_XDIST_TESTRUNUID', str(os.getpid()))[:12]}"
    template, name = f"template_{run}", f"test_{run}_{worker_id}"
    folder = tmp_path_factory.getbasetemp()
    _migrate_template_once(folder if worker_id == "master" else folder.parent, template, django_db_blocker)
    servers.fresh_database(name, template)
    use_database(name)
    os.environ |= servers.database_urls(name)


def _migrate_template_once(folder: Path, template: str, django_db_blocker: DjangoDbBlocker) -> None:
    import fasteners

    with fasteners.InterProcessLock(folder / "template.lock"):
        done = folder / "template.done"
        if not done.exists():
            servers.fresh_database(template, "template1")
            use_database(template)
            with django_db_blocker.unblock():
                call_command("migrate", verbosity=0)
                close_connections()
            done.touch()


def use_database(name: str) -> None:
    for connection in connections.all():
        connection.settings_dict["NAME"] = name


def close_connections() -> None:
    for connection in connections.all():
        connection.close()


@pytest.fixture
def live_database(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """Real commits, for tests with several connections or processes; yields the database's name.

    The database is thrown away afterwards: nothing can be flushed, since the audit tables refuse TRUNCATE.
    """
    name = connections["default"].settings_dict["NAME"]
    template = "template_" + name.split("_")[1]
    with django_db_blocker.unblock():
        yield name
        close_connections()
    servers.fresh_database(name, template)


@pytest.fixture
def superuser_dsn(live_database: str) -> str:
    """What a database owner who turned against us would use."""
    return servers.superuser_url(live_database)


@pytest.fixture(autouse=True)
def fresh_throttles() -> None:
    """No test inherits what another has spent."""
    cache.clear()
    throttles.LOCAL.counts.clear()


@pytest.fixture(autouse=True)
def no_anchors() -> None:
    """What another test's chains were anchored in, or verified up to, is no evidence about this one's."""
    for name in ("audit-anchors", "audit-verified"):
        (Path(os.environ["VAR_DIR"]) / name).unlink(missing_ok=True)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """A webhook receiver in a process of its own."""
    outbound.cache_clear()
    receiver = Receiver(tmp_path / "received.jsonl")
    receiver.start()
    yield receiver
    if receiver.process.poll() is None:
        receiver.kill()


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody with a browser."""
    with chromium() as driver:
        yield Person(driver)


@pytest.fixture
def acme(db: None) -> Tenant:
    """Acme with Olivia (owner), Adam (admin), Mia (member), Vic (viewer), a project and a key."""
    return found_acme()


@pytest.fixture
def globex(db: None) -> Tenant:
    """Globex with Mallory (owner), a project and a key."""
    return found_globex()
