"""Recurring work of this room; the doorbell rings the first one between its turns."""

from django.utils import timezone

from promptguard.core.jobs.broker import app
from promptguard.webhooks import dispatch, following, siem
from promptguard.webhooks.fanout import DELIVER

QUEUE = "webhooks"


@app.task(name=DELIVER, queue_name=QUEUE, every_seconds=5.0)
def deliver(**_unknown: object) -> int:
    return dispatch.deliver_due()


@app.task(name="webhooks.follow", queue_name=QUEUE, every_seconds=10.0)
def follow(**_unknown: object) -> int:
    return following.follow(timezone.now())


@app.task(name="webhooks.measure", queue_name=QUEUE, every_seconds=15.0)
def measure(**_unknown: object) -> int:
    dispatch.measure_backlog(timezone.now())
    return 0


@app.task(name="webhooks.prune", queue_name=QUEUE, every_seconds=3600.0)
def prune(**_unknown: object) -> int:
    dispatch.prune_deliveries(timezone.now())
    return 0


@app.task(name="webhooks.push", queue_name=QUEUE, every_seconds=10.0)
def push(**_unknown: object) -> int:
    return siem.push_due()
