"""The one registry: which personal data exists, why, and what erasure does to it.

Each app declares its models in `privacy.py`; a test refuses a model, or a text, address or JSON column,
that nobody has spoken for. Export, erasure, retention and the record of processing (GDPR Art. 30) read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Erasure(StrEnum):
    """What happens to a subject's rows."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    SHRED = "shred"
    RETAIN = "retain"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one model knows about people.

    `subject` is the lookup that leads to the user's id, `address` the column that holds an e-mail address, and
    `label` one that holds what a tenant calls its end users; all None where rows are about an organization.
    `section` names the rows in an export. `personal` are the columns that say something about a person, `impersonal`
    those of a kind that could, but do not; together they cover every text, address, JSON and binary column.
    """

    model: str
    purpose: str
    subject: str | None = None
    address: str | None = None
    label: str | None = None
    section: str = ""
    personal: tuple[str, ...] = ()
    impersonal: tuple[str, ...] = ()
    exported: tuple[str, ...] = ()
    erasure: Erasure = Erasure.DELETE
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long the rows of one kind stay, counted from the time in column `since`; who purges reads this table.

    `days` holds where an organization says nothing (None: without end), `most_days` and `strict_days` are the
    longest that anybody, or anybody in strict mode, may choose. An organization chooses where `is_settable`. With
    `clears` these columns are emptied and the row stays. `only` are lookups that rows must match to go at all.
    `is_transient` marks values that exist for a purpose of minutes or days: a legal hold does not keep them.
    """

    kind: str
    model: str
    since: str
    meaning: str
    days: int | None = None
    most_days: int | None = None
    strict_days: int | None = None
    is_settable: bool = False
    is_planned: bool = False
    is_transient: bool = False
    clears: tuple[str, ...] = ()
    only: Mapping[str, Any] = field(default_factory=dict)


_HOLDINGS: dict[str, Holding] = {}
_LIFETIMES: dict[str, Lifetime] = {}


def declare(*holdings: Holding) -> None:
    """Called while an app's `privacy.py` is imported. Raises ValueError for a second declaration."""
    for holding in holdings:
        if holding.model in _HOLDINGS:
            raise ValueError(f"{holding.model} is declared twice")
        _HOLDINGS[holding.model] = holding


def declared() -> Mapping[str, Holding]:
    """Model label → holding."""
    return _HOLDINGS


def limit(*lifetimes: Lifetime) -> None:
    """Called beside `declare`. Raises ValueError for a second lifetime of the same kind."""
    for lifetime in lifetimes:
        if lifetime.kind in _LIFETIMES:
            raise ValueError(f"{lifetime.kind} is limited twice")
        _LIFETIMES[lifetime.kind] = lifetime


def lifetimes() -> Mapping[str, Lifetime]:
    """Kind → lifetime."""
    return _LIFETIMES


declare(
    Holding(
        "core.IdempotencyClaim",
        purpose="Answering a repeated request like the first; kept for a day",
        subject="principal_id",
        personal=("response",),
        impersonal=("key_hash", "fingerprint"),
        exported=("id", "created_at", "expires_at", "status"),
    ),
    Holding(
        "core.Job",
        purpose="Background work that is promised; forgotten 30 days after it ended",
        impersonal=("queue", "task", "arguments", "unique_key", "status", "state", "last_error"),
        erasure=Erasure.RETAIN,
        ground="Jobs hold ids and progress only.",
    ),
)
