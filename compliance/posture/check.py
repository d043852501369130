"""What a check is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Severity(StrEnum):
    """How grave it is when the check fails."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is pass, fail or unknown; `detail` names numbers and times, never people or secrets."""

    status: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`id` never changes: dashboards and auditors refer to it. `look` asks about one organization, or about all (None).

    A check with `is_platforms` is about the installation, whoever asks. Call `look` inside a platform scope.
    """

    id: str
    title: str
    severity: Severity
    meaning: str
    fix: str
    references: tuple[str, ...]
    look: Callable[[UUID | None], Outcome]
    is_platforms: bool = True


def passes(is_well: bool, detail: str = "") -> Outcome:
    return Outcome("pass" if is_well else "fail", detail)


def none_of(count: int, what: str) -> Outcome:
    """Passes when there is nothing of what should not be."""
    return passes(count == 0, f"{count} {what}")


def unknown(detail: str) -> Outcome:
    return Outcome("unknown", detail)
