"""What can be done in the background, and asking for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from promptguard.core.errors import Conflict
from promptguard.core.jobs.broker import ring
from promptguard.core.jobs.models import Job

DRAIN = "jobs.drain"


class UnknownWork(LookupError):
    """A job row names work that no room of this version declares."""


class JobFinished(Conflict):
    code = "job_finished"
    message = "This job has ended already."


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of job. `lease_seconds` is the longest silence between two checkpoints."""

    name: str
    run: Callable[[Any], None]
    queue: str
    lease_seconds: float


_WORK: dict[str, Work] = {}


def handler(
    name: str, *, queue: str = "default", lease_seconds: float = 60.0
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Declare that jobs named `name` (`room.verb`) are done by this function of one `running.Run`.

    It must bear being run again from its last checkpoint. Raises ValueError for a name taken twice.
    """

    def declare(run: Callable[[Any], None]) -> Callable[[Any], None]:
        if name in _WORK:
            raise ValueError(f"{name} is declared twice")
        _WORK[name] = Work(name, run, queue, lease_seconds)
        return run

    return declare


def work_named(name: str) -> Work:
    """Raises UnknownWork."""
    try:
        return _WORK[name]
    except KeyError:
        raise UnknownWork(name) from None


def enqueue(
    task: str,
    *,
    organization_id: UUID | None,
    arguments: Mapping[str, Any] | None = None,
    unique_key: str | None = None,
    due_at: datetime | None = None,
) -> Job:
    """A new job, inside the caller's transaction and scope; with `unique_key` the open job of that key, if any.

    `arguments` are ids and plain words, never values of a person. The platform's work (None) needs
    `platform_scope`. Raises UnknownWork.
    """
    job = Job(
        task=task,
        queue=work_named(task).queue,
        organization_id=organization_id,
        arguments=dict(arguments or {}),
        unique_key=unique_key,
        due_at=due_at or timezone.now(),
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        return Job.objects.get(task=task, unique_key=unique_key, finished_at__isnull=True)
    ring(DRAIN, queue=job.queue)
    return job


def cancel(job: Job) -> Job:
    """Stop a job: at once when nobody works on it, else at its next checkpoint. Raises JobFinished."""
    now = timezone.now()
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.finished_at is not None:
        raise JobFinished()
    job.cancel_requested_at = now
    if not job.is_leased(now):
        job.status, job.finished_at = Job.Status.CANCELLED, now
    job.save(update_fields=["cancel_requested_at", "status", "finished_at"])
    return job


def prune(older_than: timedelta, now: datetime) -> int:
    """Forget jobs that ended before then, except dead ones, which somebody has to look at; how many."""
    ended = Job.objects.filter(finished_at__lt=now - older_than).exclude(status=Job.Status.DEAD)
    return ended.delete()[0]
