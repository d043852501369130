"""Doing the work: claim a row, run its handler, settle it. Several processes may do so at once."""

import mmap
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db.models import F
from django.utils import timezone

from promptguard.core import metrics
from promptguard.core.caller import Caller, system_caller
from promptguard.core.jobs.models import Job
from promptguard.core.jobs.schedule import delay_after
from promptguard.core.jobs.work import UnknownWork, Work, work_named
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


class Stopping(threading.Event):
    """Set when this process, or the one that it was forked from, was asked to stop.

    Celery's pool runs tasks in forked children, and only their parent hears the signal.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shared = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._shared[0] = 1
        super().set()

    def clear(self) -> None:
        self._shared[0] = 0
        super().clear()

    def is_set(self) -> bool:
        return self._shared[0] == 1


# Long work ends at its next checkpoint.
stopping = Stopping()
# A drain gives its Celery slot back after this; the rest is found by the next bell or sweep.
BUDGET_SECONDS = 120.0


class JobCancelled(Exception):
    """Somebody cancelled the job while it ran."""


class JobPaused(Exception):
    """This worker has to stop; the job goes on elsewhere from its last checkpoint."""


class LeaseLost(Exception):
    """The job was silent for longer than its lease, and another worker has it now."""


@dataclass
class Run:
    """A handler's view of its job. It works inside scopes that it opens itself."""

    job: Job
    work: Work
    clock: Clock
    deadline: float
    state: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.state = dict(self.job.state)

    @property
    def arguments(self) -> dict[str, Any]:
        return dict(self.job.arguments)

    @property
    def caller(self) -> Caller:
        return system_caller(self.job.organization_id)

    def checkpoint(self, *, done: int | None = None, total: int | None = None) -> None:
        """Save `state` and progress, and prolong the lease.

        Call it after each chunk of work. Raises JobCancelled, LeaseLost, JobPaused.
        """
        self.job.progress_done = self.job.progress_done if done is None else done
        self.job.progress_total = self.job.progress_total if total is None else total
        with platform_scope():
            kept = _own(self.job).update(
                state=self.state,
                progress_done=self.job.progress_done,
                progress_total=self.job.progress_total,
                due_at=self.clock() + timedelta(seconds=self.work.lease_seconds),
            )
            cancelled = _own(self.job).filter(cancel_requested_at__isnull=False).exists()
        if not kept:
            raise LeaseLost()
        if cancelled:
            raise JobCancelled()
        if stopping.is_set() or time.monotonic() > self.deadline:
            raise JobPaused()


def drain(queue: str, *, clock: Clock = timezone.now, seconds: float = BUDGET_SECONDS) -> int:
    """Do what is due in `queue`, for at most about `seconds`; returns how many jobs were taken up."""
    deadline, count = time.monotonic() + seconds, 0
    while not stopping.is_set() and time.monotonic() < deadline:
        job = claim(queue, clock())
        if job is None:
            break
        count += 1
        _run(job, clock, deadline)
    return count


def claim(queue: str, now: datetime) -> Job | None:
    """Take the job that is due longest; rows that others hold are stepped over."""
    with platform_scope():
        due = Job.objects.filter(queue=queue, finished_at__isnull=True, due_at__lte=now)
        job = due.select_for_update(skip_locked=True).order_by("due_at").first()
        if job is None:
            return None
        # The handler may be unknown to this version: the row then waits for one that knows it.
        lease = _lease_seconds(job.task)
        job.claim, job.status = uuid4(), Job.Status.RUNNING
        job.due_at = now + timedelta(seconds=lease)
        job.attempts += 1
        job.save(update_fields=["claim", "status", "due_at", "attempts"])
    return job


def _lease_seconds(task: str) -> float:
    try:
        return work_named(task).lease_seconds
    except UnknownWork:
        return 60.0


def _run(job: Job, clock: Clock, deadline: float) -> None:
    try:
        if job.cancel_requested_at is not None:
            raise JobCancelled()
        work = work_named(job.task)
        work.run(Run(job, work, clock, deadline))
    except LeaseLost:
        outcome = "lost"
    except JobPaused:
        outcome = _postpone(job, clock())
    except JobCancelled:
        outcome = _finish(job, Job.Status.CANCELLED, clock())
    except Exception as error:  # noqa: BLE001  whatever a handler does, its row must be settled
        outcome = _fail(job, error, clock())
    else:
        outcome = _finish(job, Job.Status.DONE, clock())
    metrics.JOBS.labels(job.task, outcome).inc()


def _own(job: Job) -> Any:
    """The row, as long as our claim holds: whoever lost its lease settles nothing."""
    return Job.objects.filter(pk=job.pk, claim=job.claim, finished_at__isnull=True)


def _finish(job: Job, status: str, now: datetime) -> str:
    with platform_scope():
        kept = _own(job).update(status=status, finished_at=now, claim=None)
    return str(status) if kept else "lost"


def _postpone(job: Job, now: datetime) -> str:
    """Being asked to stop is not a failure: the attempt does not count."""
    with platform_scope():
        _own(job).update(status=Job.Status.PENDING, claim=None, due_at=now, attempts=F("attempts") - 1)
    return "paused"


def _fail(job: Job, error: Exception, now: datetime) -> str:
    kind = type(error).__name__
    log.warning("job_failed", task=job.task, job_id=str(job.id), attempt=job.attempts, error=kind)
    pause = delay_after(job.attempts)
    if pause is None:
        with platform_scope():
            _own(job).update(last_error=kind)
        return _finish(job, Job.Status.DEAD, now)
    with platform_scope():
        _own(job).update(status=Job.Status.PENDING, claim=None, due_at=now + pause, last_error=kind)
    return "failed"


def revive(job_id: UUID) -> None:
    """Give a dead job a new start, for operators who removed the cause."""
    dead = Job.objects.filter(pk=job_id, status=Job.Status.DEAD)
    dead.update(status=Job.Status.PENDING, finished_at=None, attempts=0, due_at=timezone.now(), claim=None)
