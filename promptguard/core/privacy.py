"""The one registry: which personal data exists, why, and what erasure does to it.

Each app declares its models in `privacy.py`; a test refuses a model, or a text, address or JSON column,
that nobody has spoken for. Export, erasure, retention and the record of processing (GDPR Art. 30) read it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q


class Erasure(StrEnum):
    """What happens to a subject's rows."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    SHRED = "shred"
    RETAIN = "retain"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one model knows about people, and what happens to it.

    How a row is found: `subject` and `others` are lookups that lead to the user's id, `address` is a column that
    holds an e-mail address, `label` one that holds what a tenant calls its end users, `mentions` a column of JSON
    bytes in which an address may stand. `reference` is a column that only names a person in a row that is not
    theirs: erasure cuts it off and leaves the row. All None where rows are about an organization.

    `section` names the rows in an export. `personal` are the columns that say something about a person, `impersonal`
    those of a kind that could, but do not; together they cover every text, address, JSON and binary column.
    `hidden` are the personal columns that no export shows (keys, salts), `opened` says how a sealed one is read, and
    `withheld` why an export leaves the whole model out.
    """

    model: str
    purpose: str
    subject: str | None = None
    others: tuple[str, ...] = ()
    reference: str | None = None
    address: str | None = None
    label: str | None = None
    mentions: str | None = None
    section: str = ""
    personal: tuple[str, ...] = ()
    impersonal: tuple[str, ...] = ()
    exported: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    opened: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    withheld: str = ""
    erasure: Erasure = Erasure.DELETE
    ground: str = ""

    @property
    def owners(self) -> tuple[str, ...]:
        """Every lookup that leads to the id of the user whose row it is."""
        return (self.subject, *self.others) if self.subject else self.others

    @property
    def is_about_people(self) -> bool:
        return bool(self.owners or self.reference or self.address or self.label)


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What a person is known by outside of their own rows: e-mail addresses, and labels in these organizations."""

    addresses: tuple[str, ...]
    labels: tuple[str, ...]
    organizations: tuple[UUID, ...]


def labelled(column: str, labels: Iterable[str]) -> Q:
    """Rows whose column is one of these labels, in whatever case; without labels a condition that says nothing."""
    found = Q()
    for label in labels:
        found |= Q(**{f"{column}__iexact": label})
    return found


class Trace(Protocol):
    """A place where a person leaves something that no column leads to: files, tokens, packages."""

    name: str

    def erase(self, known: Identifiers) -> None:
        """Remove it all. Bears being run again. Called before the person's rows go, inside a platform scope."""

    def remaining(self, known: Identifiers) -> int:
        """How much is still there."""


_TRACES: dict[str, Trace] = {}


def declare_trace(trace: Trace) -> None:
    """Called while an app's `privacy.py` is imported. Raises ValueError for a second declaration."""
    if trace.name in _TRACES:
        raise ValueError(f"{trace.name} is declared twice")
    _TRACES[trace.name] = trace


def traces() -> tuple[Trace, ...]:
    return tuple(_TRACES.values())


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
        hidden=("response",),
    ),
    Holding(
        "core.Job",
        purpose="Background work that is promised; forgotten 30 days after it ended",
        impersonal=("queue", "task", "arguments", "unique_key", "status", "state", "last_error"),
        erasure=Erasure.RETAIN,
        ground="Jobs hold ids and progress only.",
    ),
)
