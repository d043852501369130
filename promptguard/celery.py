"""The entry of Celery's processes: `celery -A promptguard.celery worker` and `celery -A promptguard.celery beat`."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptguard.settings")

import django

django.setup()

from celery.signals import beat_init, celeryd_init, worker_init, worker_shutting_down  # noqa: E402
from django.conf import settings  # noqa: E402

from promptguard.core import metrics  # noqa: E402
from promptguard.core.jobs.broker import UnsuitableBroker, app, refuse_cluster  # noqa: E402
from promptguard.core.jobs.running import stopping  # noqa: E402

__all__ = ["app"]


def schedule() -> dict[str, dict[str, Any]]:
    """Each task that says how often it wants to run, as Celery's beat reads it."""
    recurring = [task for task in app.tasks.values() if getattr(task, "every_seconds", None)]
    return {
        task.name: {
            "task": task.name,
            "schedule": task.every_seconds,
            # Beats that nobody heard in time are not made up for.
            "options": {"queue": task.queue_name, "expires": task.every_seconds},
        }
        for task in recurring
    }


app.conf.beat_schedule = schedule()


@worker_init.connect
def expose_metrics(**_: Any) -> None:
    metrics.expose(settings.WORKER_METRICS_ADDRESS)


@celeryd_init.connect
@beat_init.connect
def check_broker(**_: Any) -> None:
    try:
        refuse_cluster()
    except UnsuitableBroker as error:  # a signal swallows every exception but this one
        raise SystemExit(str(error)) from error


@worker_shutting_down.connect
def stop_long_work(**_: Any) -> None:
    stopping.set()
