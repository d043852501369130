"""Recurring work on privacy requests: rows are the promise, so a lost message loses nothing."""

import structlog
from django.utils import timezone

from compliance import erasure, working
from compliance.posture import services as posture
from compliance.retention.purging import Purge
from promptguard.core.jobs.broker import QUEUES, app
from promptguard.core.jobs.running import Run, stopping
from promptguard.core.jobs.work import enqueue, handler
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)


@app.task(name="compliance.work", queue_name=QUEUES[0], every_seconds=10.0)
def work(**_unknown: object) -> int:
    """Go on with every request whose time has come; one that waits or fails does not hold up the others."""
    for request_id in working.due_requests(timezone.now()):
        try:
            working.work_on(request_id)
        except erasure.Waiting:
            continue
        except Exception:
            log.exception("a privacy request failed and will be tried again", request_id=str(request_id))
    return 0


@app.task(name="compliance.purge", queue_name=QUEUES[0], every_seconds=3_600.0)
def purge(**_unknown: object) -> int:
    """Remove packages whose week is over."""
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
