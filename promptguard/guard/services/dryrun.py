"""What a policy would have decided: recorded texts judged again, under the active policy and another one.

Both judge the same stored text, so that what differs is the policy and not the redaction of the store.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from promptguard.core.caller import Caller
from promptguard.guard.engine import Content, ContentTooLarge, Direction, Message, Status, Verdict
from promptguard.guard.models import Interaction, PolicyVersion
from promptguard.guard.policies import ActivePolicy, active_policy, compiled_version
from promptguard.projects.models import ContentMode, Project

MOST_ROWS, LONGEST_SECONDS, MOST_EXAMPLES = 2000, 10.0, 20


@dataclass
class Outcome:
    """Counters of one run."""

    considered: int = 0
    re_evaluated: int = 0
    not_stored: int = 0
    stopped_by: str | None = None
    transitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    newly: Counter[tuple[str, str]] = field(default_factory=Counter)
    no_longer: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

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


def dry_run(*, caller: Caller, project: Project, version: PolicyVersion, days: int) -> dict[str, Any]:
    """What `version` would change over the last `days` days, newest first, within a bound of rows and time."""
    started = time.monotonic()
    active, candidate = active_policy(project), compiled_version(version)
    rows = Interaction.objects.for_caller(caller).filter(
        project=project,
        created_at__gte=timezone.now() - timedelta(days=days),
        endpoint__in=("guard", "scan"),
    )
    total, outcome = rows.count(), Outcome()
    for row in rows.order_by("-id")[:MOST_ROWS].iterator(chunk_size=200):
        if time.monotonic() - started > LONGEST_SECONDS:
            outcome.stopped_by = "time"
            break
        _judge_again(row, active, candidate, outcome)
    if outcome.stopped_by is None and total > MOST_ROWS:
        outcome.stopped_by = "rows"
    return _report(project, version, outcome, total, time.monotonic() - started)


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


def _report(
    project: Project, version: PolicyVersion, outcome: Outcome, total: int, seconds: float
) -> dict[str, Any]:
    return {
        "version": version.number,
        "active_version": project.policy_number,
        "interactions": total,
        "considered": outcome.considered,
        "re_evaluated": outcome.re_evaluated,
        "not_stored": outcome.not_stored,
        "complete": outcome.stopped_by is None,
        "stopped_by": outcome.stopped_by,
        "seconds": round(seconds, 3),
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
