"""The Celery application, and the doorbell that says "there is work".

The broker is a bell and nothing more: rows are the truth, and the sweep of the schedule finds what a lost message
would have lost. Without a broker the bell is PostgreSQL's NOTIFY, heard by `manage.py run_jobs`.
"""

import time
from collections.abc import Mapping
from typing import Any

import structlog
from celery import Celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from kombu.entity import Queue
from kombu.transport import TRANSPORT_ALIASES

log = structlog.get_logger(__name__)
CHANNEL = "promptguard_jobs"
QUEUES = ("default", "webhooks")
# Soft before hard; both far below the visibility timeout, or a slow task would start a second time.
SOFT_LIMIT_SECONDS, HARD_LIMIT_SECONDS, VISIBILITY_SECONDS = 240, 300, 900
SILENCE_SECONDS = 2.0
_silent_until = 0.0

MENDED = "promptguard.core.jobs.redis_transport"
TRANSPORT_ALIASES.update(
    redis=f"{MENDED}:Transport", rediss=f"{MENDED}:Transport", sentinel=f"{MENDED}:SentinelTransport"
)
app = Celery("promptguard", set_as_current=True)


class UnsuitableBroker(ImproperlyConfigured):
    """CELERY_BROKER_URL names something that Celery cannot use as a broker."""


def configuration() -> dict[str, Any]:
    """What Celery is told, lazily, once the settings can be read."""
    return {
        "broker_url": settings.CELERY_BROKER_URL or None,
        "broker_transport_options": _transport_options(),
        "broker_connection_retry_on_startup": True,
        "task_acks_late": True,
        "task_acks_on_failure_or_timeout": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_soft_time_limit": SOFT_LIMIT_SECONDS,
        "task_time_limit": HARD_LIMIT_SECONDS,
        "task_queues": [Queue(name) for name in QUEUES],
        "task_routes": [lambda name, *_args, **_options: {"queue": queue_of(name)}],
        "task_default_queue": QUEUES[0],
        "task_create_missing_queues": False,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "enable_utc": True,
    }


def _transport_options() -> dict[str, Any]:
    """A request must not wait for a bell: short timeouts for those who ring."""
    options: dict[str, Any] = {"max_retries": 0, "confirm_publish": True}
    if settings.CELERY_BROKER_URL.startswith(("redis", "rediss", "sentinel")):
        options = {"visibility_timeout": VISIBILITY_SECONDS, "socket_connect_timeout": 1, "socket_timeout": 5}
    if settings.CELERY_BROKER_SENTINEL_MASTER:
        options["master_name"] = settings.CELERY_BROKER_SENTINEL_MASTER
    return options


app.add_defaults(configuration)


def queue_of(task: str) -> str:
    """The queue that the task declares as `queue_name`."""
    return getattr(app.tasks.get(task), "queue_name", QUEUES[0])


def ring(task: str, **arguments: str) -> None:
    """After this transaction commits, wake whoever runs `task`; once per transaction."""
    bell = _Bell(task, arguments)
    waiting = [entry[1] for entry in connection.run_on_commit]
    if not any(isinstance(entry, _Bell) and entry == bell for entry in waiting):
        transaction.on_commit(bell, robust=True)


class _Bell:
    def __init__(self, task: str, arguments: Mapping[str, str]) -> None:
        self.task, self.arguments = task, dict(arguments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bell) and (self.task, self.arguments) == (other.task, other.arguments)

    def __hash__(self) -> int:
        return hash(self.task)

    def __call__(self) -> None:
        if settings.CELERY_BROKER_URL:
            _send(self.task, self.arguments)
        else:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, self.task])


def _send(task: str, arguments: Mapping[str, str]) -> None:
    """A broker that is away costs one short timeout every SILENCE_SECONDS, not one for each request."""
    global _silent_until  # noqa: PLW0603  one bell for each process
    if time.monotonic() < _silent_until:
        return
    queue = arguments.get("queue", queue_of(task))
    try:
        app.send_task(task, kwargs=dict(arguments), queue=queue, expires=60, retry=False)
    except Exception as error:  # noqa: BLE001  each transport raises its own; the sweep will find the row
        _silent_until = time.monotonic() + SILENCE_SECONDS
        log.warning("doorbell_failed", task=task, error=type(error).__name__)


def refuse_cluster() -> None:
    """Raises UnsuitableBroker when the broker is a Redis Cluster: Celery's transport cannot follow its redirects.

    A broker that does not answer is no reason: Celery waits for it.
    """
    if not settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
        return
    import redis

    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL.split(";")[0], socket_timeout=2, socket_connect_timeout=2
    )
    try:
        is_cluster = client.info("cluster").get("cluster_enabled") == 1
    except redis.RedisError:
        return
    finally:
        client.close()
    if is_cluster:
        raise UnsuitableBroker(
            "CELERY_BROKER_URL names a Redis Cluster, which Celery cannot use as its broker. Give it a standalone "
            "Redis or Valkey (redis://), a Sentinel group (sentinel://), or RabbitMQ (amqp://)."
        )
