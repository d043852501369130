"""What a goal is, and what several measurements share."""

import multiprocessing
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit import sealing
from audit.actions import Action
from audit.envelope import INBOX_COLUMNS, Envelope
from audit.interactions import system_event
from tests import servers

DATABASE = "bench_audit"
FORK = multiprocessing.get_context("fork")
PAYLOAD = {"details": {"name": "Support assistant", "mode": "block", "note": "x" * 120}}


# Promises that are kept or not, and have no speed.
ELSEWHERE = (
    "| G6 | nothing acknowledged is lost, doubled or out of order | 200 kills | `tests/audit/test_kills.py` | `make drill` | |",
    "| G7 | each attack is found, no lawful history is blamed | 100 % | `tests/audit/attacks`, `test_histories.py`, `test_mutations.py` | `make drill` | |",
    "| G12 | each model and field of a person is exported and erased | 100 % | `tests/house/test_models.py`, `tests/compliance` | the suite | |",
)


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table. `limit` is a floor where `at_least`, else a ceiling; `baseline` is of the same run."""

    number: str
    what: str
    measured: float
    limit: float
    unit: str
    at_least: bool = False
    baseline: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    @property
    def verdict(self) -> str:
        if not self.measured or not self.limit:
            return "met" if self.is_met else "missed"
        ratio = self.measured / self.limit if self.at_least else self.limit / self.measured
        return f"met, {ratio:.2f} x" if self.is_met else f"missed, {ratio:.2f} of it"

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        shown = f"{self.measured:,.2f}" if self.measured < 100 else f"{self.measured:,.0f}"
        return f"| {self.number} | {self.what} | {sign} {self.limit:,g} {self.unit} | {shown} | {self.baseline} | {self.verdict} |"


def table(goals: Iterable[Goal]) -> str:
    head = "| goal | what | wanted | measured | beside it, same run | verdict |\n|---|---|---|---|---|---|"
    return "\n".join([head, *map(str, goals), *ELSEWHERE])


def event(organization_id: UUID) -> Envelope:
    return system_event(organization_id, Action.PROJECT_UPDATED, PAYLOAD)


def fill_inbox(organizations: list[UUID], count: int) -> None:
    """As many waiting events as asked for, by COPY."""
    statement = f"COPY audit_inbox ({INBOX_COLUMNS}) FROM STDIN"
    with servers.superuser(DATABASE) as session, session.cursor() as cursor, cursor.copy(statement) as copy:
        for number in range(count):
            copy.write_row(event(organizations[number % len(organizations)]).inbox_row())


def drain(organizations: list[UUID], count: int) -> float:
    """Events sealed in a second."""
    fill_inbox(organizations, count)
    seconds, _ = timed(drain_rest)
    return count / seconds


def drain_rest() -> None:
    while sealing.seal_batch():
        pass


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0
