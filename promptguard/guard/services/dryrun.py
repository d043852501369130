"""What a policy would have decided: recorded texts judged again, under the active policy and another one.

Both judge the same stored text, so that what differs is the policy and not the redaction of the store. It is a job:
each chunk is counted in the job's state, so a killed worker's successor goes on behind the last chunk.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.db.models import QuerySet

from promptguard.core.caller import Caller
from promptguard.core.jobs import work
from promptguard.core.jobs.models import Job
from promptguard.core.jobs.running import Run
from promptguard.core.tenancy import organization_scope
from promptguard.guard.engine import Content, ContentTooLarge, Direction, Message, Status, Verdict
from promptguard.guard.models import Interaction, PolicyVersion
from promptguard.guard.policies import ActivePolicy, compiled_version, load_policy
from promptguard.projects.models import ContentMode, Project

TASK = "guard.dry_run"
MOST_ROWS, LONGEST_SECONDS, MOST_EXAMPLES, CHUNK = 20_000, 600.0, 20, 100


@dataclass
class Outcome:
    """Counters of one run, as the job's state keeps them between chunks."""

    considered: int = 0
    re_evaluated: int = 0
    not_stored: int = 0
    seconds: float = 0.0
    stopped_by: str | None = None
    transitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    newly: Counter[tuple[str, str]] = field(default_factory=Counter)
    no_longer: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """The counters that a state holds; none in an empty one."""
        plain = {name: state[name] for name in (*_NUMBERS, "stopped_by", "examples") if name in state}
        pairs: dict[str, Any] = {
            name: Counter({(a, b): n for a, b, n in state.get(name, [])}) for name in _COUNTERS
        }
        return cls(**plain, **pairs)

    def state(self) -> dict[str, Any]:
        """The counters as JSON can hold them."""
        counters = {
            name: [[*pair, count] for pair, count in sorted(getattr(self, name).items())]
            for name in _COUNTERS
        }
        plain = {name: getattr(self, name) for name in (*_NUMBERS, "stopped_by", "examples")}
        return plain | counters

    def count(self, row: Interaction, now: Verdict, then: Verdict) -> None:
        self.re_evaluated += 1
        before, after = _rules(now), _rules(then)
        self.newly.update(after - before)
        self.no_longer.update(before - after)
        if now.decision != then.decision:
            self.transitions[str(now.decision), str(then.decision)] += 1
            if len(self.examples) < MOST_EXAMPLES:
                example = {"event_id": row.event_id, "from": str(now.decision), "to": str(then.decision)}
                self.examples.append(example | {"reason": then.reason})


_NUMBERS = ("considered", "re_evaluated", "not_stored", "seconds")
_COUNTERS = ("transitions", "newly", "no_longer")


def start_dry_run(*, caller: Caller, project: Project, version: PolicyVersion, days: int) -> Job:
    """Judge the last `days` days of `project` again under `version`, newest first; the same run while it is open."""
    return work.enqueue(
        TASK,
        organization_id=caller.tenant,
        arguments={"project_id": str(project.id), "version_id": str(version.id), "days": days},
        unique_key=f"{version.id}:{days}",
    )


def dry_runs(caller: Caller, version: PolicyVersion) -> QuerySet[Job]:
    """The runs of a version, until the schedule forgets them."""
    ours = Job.objects.filter(organization_id=caller.tenant, task=TASK)
    return ours.filter(arguments__version_id=str(version.id))


def dry_run_body(job: Job) -> dict[str, Any]:
    """How far a run is, and its report once it is done."""
    return {
        "job_id": job.id,
        "status": job.status,
        "progress": {"done": job.progress_done, "total": job.progress_total},
        "report": job.state.get("report"),
    }


def go_on(run: Run) -> None:
    """Work through the interactions that are left, a chunk for each checkpoint."""
    outcome = Outcome.of(run.state)
    while "report" not in run.state:
        started = time.monotonic()
        with organization_scope(run.caller.tenant):
            _chunk(run, outcome)
        outcome.seconds = round(outcome.seconds + time.monotonic() - started, 3)
        run.state |= outcome.state()
        if "report" in run.state:
            run.state["report"] |= _results(outcome)
        run.checkpoint(done=outcome.considered, total=min(run.state["total"], MOST_ROWS))


def _chunk(run: Run, outcome: Outcome) -> None:
    project = Project.objects.for_caller(run.caller).get(id=run.arguments["project_id"])
    version = PolicyVersion.objects.for_caller(run.caller).get(id=run.arguments["version_id"])
    rows = _rows(run, project)
    if "total" not in run.state:
        run.state |= {"total": rows.count(), "active_version": project.policy_number}
    active, candidate = load_policy(project), compiled_version(version)
    chunk = list(_behind(rows, run.state.get("last")).order_by("-id")[:CHUNK])
    for row in chunk:
        _judge_again(row, active, candidate, outcome)
        run.state["last"] = str(row.id)
    outcome.stopped_by = _stopped_by(outcome)
    if len(chunk) < CHUNK or outcome.stopped_by:
        if outcome.considered >= run.state["total"]:
            outcome.stopped_by = None
        run.state["report"] = {
            "version": version.number,
            "active_version": run.state["active_version"],
            "interactions": run.state["total"],
        }


def _rows(run: Run, project: Project) -> QuerySet[Interaction]:
    """What was recorded in the days before the job was asked for: newer ones do not move the goal."""
    until: datetime = run.job.created_at
    since = until - timedelta(days=run.arguments["days"])
    return Interaction.objects.for_caller(run.caller).filter(
        project=project, created_at__gte=since, created_at__lte=until, endpoint__in=("guard", "scan")
    )


def _behind(rows: QuerySet[Interaction], last: str | None) -> QuerySet[Interaction]:
    return rows if last is None else rows.filter(id__lt=UUID(last))


def _stopped_by(outcome: Outcome) -> str | None:
    if outcome.considered >= MOST_ROWS:
        return "rows"
    return "time" if outcome.seconds > LONGEST_SECONDS else None


def _judge_again(row: Interaction, active: ActivePolicy, candidate: ActivePolicy, outcome: Outcome) -> None:
    outcome.considered += 1
    texts = [] if row.content_mode in (ContentMode.NONE, ContentMode.HASH_ONLY) else row.texts
    if not texts:
        outcome.not_stored += 1
        return
    role = "assistant" if row.direction == Direction.OUTPUT else "user"
    content = Content(tuple(Message(role, text) for text in texts), Direction(row.direction))
    try:
        outcome.count(row, active.judge(content), candidate.judge(content))
    except ContentTooLarge:
        outcome.not_stored += 1


def _rules(verdict: Verdict) -> set[tuple[str, str]]:
    return {(each.detector, each.rule_id) for each in verdict.findings if each.status is Status.ACTIVE}


def _results(outcome: Outcome) -> dict[str, Any]:
    return {
        "considered": outcome.considered,
        "re_evaluated": outcome.re_evaluated,
        "not_stored": outcome.not_stored,
        "complete": outcome.stopped_by is None,
        "stopped_by": outcome.stopped_by,
        "seconds": outcome.seconds,
        "changed": sum(outcome.transitions.values()),
        "transitions": [
            {"from": before, "to": after, "count": count}
            for (before, after), count in sorted(outcome.transitions.items())
        ],
        "by_rule": [
            {
                "detector": detector,
                "rule": rule,
                "newly": outcome.newly[detector, rule],
                "no_longer": outcome.no_longer[detector, rule],
            }
            for detector, rule in sorted({*outcome.newly, *outcome.no_longer})
        ],
        "examples": outcome.examples,
        "caveat": (
            "Stored texts were judged as they are stored. Where a project stores redacted content, personal"
            " data and secrets are gone from them, so rules about those cannot fire again here; interactions"
            " whose content is not stored count as not_stored. System prompts, tools and earlier roles are"
            " not stored apart."
        ),
    }
