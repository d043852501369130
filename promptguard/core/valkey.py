"""The one room that knows Valkey and Redis: a server, a cluster, or none; each call short, none repeated.

redis-py's own retries turn a time-out of 0.1 s into seconds (operations.md, section 5), so there are none;
`Breaker` keeps a dead server from costing a time-out for each request.
"""

import threading
import time
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django_redis.client import DefaultClient
from django_redis.exceptions import ConnectionInterrupted
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException, RedisError
from redis.retry import Retry

TIMEOUT_SECONDS = 0.1
BREAK_SECONDS = 1.0
# RedisClusterException is not a RedisError.
FAILURES = (RedisError, RedisClusterException, OSError)


class Unreachable(RuntimeError):
    """There is no server, or it did not answer in time."""


class NotConfigured(Unreachable):
    """This installation runs without Valkey, on purpose."""


class Cluster(RedisCluster):
    """A cluster whose every failure is a RedisError: the library's own for lost slots are not."""

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().execute_command(*args, **kwargs)
        except RedisClusterException as error:
            raise redis.ConnectionError(str(error)) from error


def client() -> Any | None:
    """The shared client of this process; None where neither REDIS_CLUSTER_NODES nor REDIS_URL is set.

    Raises one of FAILURES when a cluster cannot be found.
    """
    return _client(tuple(settings.REDIS_CLUSTER_NODES), settings.REDIS_URL, settings.REDIS_CLUSTER_PASSWORD)


@cache
def _client(nodes: tuple[str, ...], url: str, password: str) -> Any | None:
    short: dict[str, Any] = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
    if nodes:
        return Cluster(
            startup_nodes=[ClusterNode(*_address(node)) for node in nodes],
            password=password or None,
            retry=Retry(NoBackoff(), 0),
            **short,
        )
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **short) if url else None


def _address(node: str) -> tuple[str, int]:
    host, _, port = node.rpartition(":")
    return host.strip("[]"), int(port)


def forget_clients() -> None:
    """Close nothing, keep nothing: the next call connects anew."""
    _client.cache_clear()


class ClusterCacheClient(DefaultClient):
    """django-redis over a cluster: the shared client instead of a pool, and keys of many slots one by one."""

    def get_client(self, write: bool = True, tried: Any = None) -> Any:
        try:
            return client()
        except FAILURES as error:
            raise ConnectionInterrupted(connection=None) from error

    def get_client_with_index(self, write: bool = True, tried: Any = None) -> tuple[Any, int]:
        return self.get_client(), 0

    def get_many(self, keys: Any, version: int | None = None, client: Any = None) -> dict[Any, Any]:
        """Not one moment's view of all keys: a cluster has none."""
        missing = object()
        found = ((key, self.get(key, default=missing, version=version, client=client)) for key in keys)
        return {key: value for key, value in found if value is not missing}

    def delete_many(self, keys: Any, version: int | None = None, client: Any = None) -> int:
        return sum(self.delete(key, version=version, client=client) for key in keys)


class Breaker:
    """Lets calls through until one fails; then none for `BREAK_SECONDS`, then one to try."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until = 0.0

    def may_try(self) -> bool:
        """Whether this call may try. The first one after a pause shuts the gate behind itself."""
        if not self._closed_until:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._closed_until:
                return False
            self._closed_until = now + BREAK_SECONDS
            return True

    def failed(self) -> None:
        self._closed_until = time.monotonic() + BREAK_SECONDS

    def worked(self) -> None:
        self._closed_until = 0.0


def run_script(script: str, digest: str, keys: list[str], arguments: list[Any]) -> Any:
    """One atomic Lua call, by its SHA-1 `digest` where the server knows it. Raises Unreachable."""
    try:
        server = client()
        if server is None:
            raise NotConfigured()
        try:
            return server.evalsha(digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return server.eval(script, len(keys), *keys, *arguments)
    except FAILURES as error:
        raise Unreachable("Valkey does not answer") from error
