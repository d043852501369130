"""Recurring work on privacy requests: rows are the promise, so a lost message loses nothing."""

import structlog
from django.utils import timezone

from compliance import erasure, working
from promptguard.core.jobs.broker import QUEUES, app

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
