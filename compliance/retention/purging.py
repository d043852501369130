"""Letting go of what is past its time, in short transactions, from wherever the last worker stopped.

Each chunk, what it counted and where it ended are one transaction: a worker may be killed anywhere, and nothing
is counted twice. Between chunks it rests, so that those who write hardly notice.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, connection, models
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from compliance.holdings import anonymous_columns
from compliance.retention import selectors
from compliance.retention.selectors import Term
from organizations.models import Organization
from promptguard.core.caller import Caller, system_caller
from promptguard.core.tenancy import organization_scope, platform_scope

log = structlog.get_logger(__name__)
CHUNK = 1000
# Whoever holds a row for longer keeps it until the next run: a purge never makes anybody wait.
LOCK_TIMEOUT = "2s"
PLATFORM = ""
State = dict[str, Any]


@dataclass
class Purge:
    """One run. `state` is what a job remembers; `keep` saves it inside the chunk's own transaction.

    `checkpoint(rows)` is called between chunks and may raise to stop; `rest(seconds)` waits.
    """

    state: State
    keep: Callable[[], None] = lambda: None
    checkpoint: Callable[[int], None] = lambda rows: None
    rest: Callable[[float], object] = time.sleep
    chunk: int = field(default_factory=lambda: CHUNK)
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.state.setdefault("now", timezone.now().isoformat())
        for name, empty in (("visited", None), ("kinds", []), ("total", {})):
            self.state.setdefault(name, empty)
        self.now = datetime.fromisoformat(self.state["now"])

    def run(self, only: UUID | None = None) -> dict[str, int]:
        """Visit the platform's rows and then each organization, or `only` one; kind → rows. Resumes."""
        for organization_id in [only] if only else [None, *_organizations()]:
            name = str(organization_id or PLATFORM)
            if self.state["visited"] is None or name > self.state["visited"]:
                self._visit(name, organization_id)
        total: dict[str, int] = self.state["total"]
        return total

    def _visit(self, name: str, organization_id: UUID | None) -> None:
        caller = system_caller(organization_id) if organization_id else None
        for term in _terms(organization_id):
            if term.lifetime.kind not in self.state["kinds"]:
                self._purge(term, caller)
        with platform_scope():
            self.state |= {"visited": name, "kinds": []}
            self.keep()
        self.checkpoint(self.rows)

    @property
    def rows(self) -> int:
        return sum(self.state["total"].values())

    def _purge(self, term: Term, caller: Caller | None) -> None:
        before, more = selectors.cutoff(term, self.now), True
        while before is not None and more:
            started = time.monotonic()
            try:
                more = self._chunk(term, caller, before)
            except (
                OperationalError
            ) as error:  # somebody held a lock for too long: the next run finds the rows
                log.warning("purge_gave_way", kind=term.lifetime.kind, error=type(error).__name__)
                more = False
            self.checkpoint(self.rows)
            if more:
                self.rest((time.monotonic() - started) * (1 / settings.RETENTION_PACE - 1))
        self.state["kinds"].append(term.lifetime.kind)
        self.state.pop("position", None)

    def _chunk(self, term: Term, caller: Caller | None, before: datetime) -> bool:
        """One transaction; whether there may be more."""
        with _scope(caller):
            found = self._due(term, caller, before)
            if found:
                _let_go(term, [pk for pk, _ in found])
                self._count(term.lifetime.kind, len(found), caller)
                self.state["position"] = found[-1][1].isoformat()
            self.keep()
        return len(found) == self.chunk

    def _count(self, kind: str, rows: int, caller: Caller | None) -> None:
        """Said on the chain in the chunk's own transaction, or a verifier in between would cry wolf."""
        self.state["total"][kind] = self.state["total"].get(kind, 0) + rows
        if caller is not None:
            target = Target("organization", caller.tenant)
            record(Action.DATA_PURGED, caller=caller, targets=[target], details={"rows": {kind: rows}})

    def _due(self, term: Term, caller: Caller | None, before: datetime) -> list[tuple[UUID, datetime]]:
        """The oldest rows that are due and that nobody else has locked.

        From the last position on: PostgreSQL would step over everything that has just been deleted, each time.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        since = term.lifetime.since
        rows = selectors.due_rows(term.lifetime, before, caller, selectors.kept_for(caller))
        if position := self.state.get("position"):
            rows = rows.filter(**{f"{since}__gte": position})
        locked = rows.select_for_update(skip_locked=True, of=("self",)).order_by(since)
        return list(locked.values_list("pk", since)[: self.chunk])


def _scope(caller: Caller | None) -> Any:
    return organization_scope(caller.tenant) if caller else platform_scope()


def _delete(rows: Any) -> None:
    """In one statement for each table: Django's own cascade would take a round trip for every hundred rows."""
    for relation in rows.model._meta.get_fields(include_hidden=True):
        if getattr(relation, "on_delete", None) is models.CASCADE and relation.auto_created:
            children: Any = relation.related_model._base_manager
            found = children.filter(**{f"{relation.field.name}__in": rows.values("pk")})
            if keys := list(found.values_list("pk", flat=True)):
                _delete(children.filter(pk__in=keys))
    rows._raw_delete(rows.db)


def _let_go(term: Term, keys: list[UUID]) -> None:
    rows: Any = selectors.model_of(term.lifetime)._base_manager.filter(pk__in=keys)
    if term.lifetime.clears:
        rows.update(**anonymous_columns(selectors.model_of(term.lifetime), term.lifetime.clears))
    else:
        _delete(rows)


def _terms(organization_id: UUID | None) -> list[Term]:
    if organization_id is None:
        return [selectors.platform_term(lifetime) for lifetime in selectors.of_platform()]
    with organization_scope(organization_id):
        organization = Organization.objects.filter(id=organization_id).first()
        return selectors.terms(organization) if organization else []


def _organizations() -> Iterator[UUID]:
    with platform_scope():
        return iter(sorted(Organization.objects.values_list("id", flat=True), key=str))
