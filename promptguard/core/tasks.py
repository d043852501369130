"""The kernel's recurring tasks. `every_seconds` is the schedule: Celery's beat and `run_jobs` both read it."""

from datetime import timedelta

from django.utils import timezone

from promptguard.core import idempotency
from promptguard.core.jobs import running, work
from promptguard.core.jobs.broker import QUEUES, app
from promptguard.core.tenancy import platform_scope

KEEP_ENDED_JOBS = timedelta(days=30)


@app.task(name=work.DRAIN, queue_name=QUEUES[0], every_seconds=5.0)
def drain(*, queue: str = "", **_unknown: object) -> int:
    """Do what is due in one queue, or in all."""
    return sum(running.drain(each) for each in ([queue] if queue in QUEUES else QUEUES))


@app.task(name="jobs.prune", queue_name=QUEUES[0], every_seconds=3600.0)
def prune(**_unknown: object) -> int:
    with platform_scope():
        work.prune(KEEP_ENDED_JOBS, timezone.now())
    return 0


@app.task(name="idempotency.purge", queue_name=QUEUES[0], every_seconds=3600.0)
def purge(**_unknown: object) -> int:
    """Forget claims past their day."""
    return idempotency.purge_expired()
