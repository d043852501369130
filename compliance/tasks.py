"""Recurring work on privacy requests: rows are the promise, so a lost message loses nothing."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from compliance import erasure, notices, services, working
from compliance.models import PrivacyRequest
from compliance.posture import services as posture
from compliance.retention.purging import Purge
from promptguard.core.jobs.broker import QUEUES, app
from promptguard.core.jobs.running import Run, stopping
from promptguard.core.jobs.work import enqueue, handler
from promptguard.core.tenancy import platform_scope

ANSWER = "compliance.answer"
WAIT = timedelta(minutes=1)


@handler(ANSWER, lease_seconds=120.0)
def answer(run: Run) -> None:
    """Go on with one request: another worker does, two minutes after this one fell silent."""
    request_id = UUID(run.arguments["request_id"])
    try:
        working.work_on(request_id, lambda done, total: run.checkpoint(done=done, total=max(done, total)))
    except erasure.Waiting:
        PrivacyRequest.objects.filter(id=request_id).update(execute_after=timezone.now() + WAIT)
    notices.tell_finished()


@app.task(name="compliance.work", queue_name=QUEUES[0], every_seconds=10.0)
def work(**_unknown: object) -> int:
    """A job for every request whose time has come, organizations that are past their days of grace among them."""
    services.open_due_closings()
    due = working.due_requests(timezone.now())
    for request_id in due:
        with platform_scope():
            arguments, key = {"request_id": str(request_id)}, str(request_id)
            enqueue(ANSWER, organization_id=None, arguments=arguments, unique_key=key)
    return 0


@app.task(name="compliance.notices", queue_name=QUEUES[0], every_seconds=60.0)
def tell(**_unknown: object) -> int:
    """Mail that could not be sent when an erasure was complete."""
    notices.tell_finished()
    return 0


@app.task(name="compliance.purge", queue_name=QUEUES[0], every_seconds=3_600.0)
def purge(**_unknown: object) -> int:
    """Remove packages whose time is over."""
    working.purge_packages(timezone.now())
    return 0


@app.task(name="posture.look", queue_name=QUEUES[0], every_seconds=300.0)
def look(**_unknown: object) -> int:
    """What the console and `/metrics` show of the posture."""
    posture.remember()
    return 0


@handler("retention.purge", lease_seconds=120.0)
def purge_rows(run: Run) -> None:
    """Go on with a purge from its last chunk."""
    Purge(
        run.state, keep=run.keep, checkpoint=lambda rows: run.checkpoint(done=rows), rest=stopping.wait
    ).run()


@app.task(name="retention.start", queue_name=QUEUES[0], every_seconds=21_600.0)
def start_purge(**_unknown: object) -> int:
    """A purge of everything that is past its time, unless one is under way."""
    with platform_scope():
        enqueue("retention.purge", organization_id=None, unique_key="everything")
    return 0
