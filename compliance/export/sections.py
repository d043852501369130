"""What an export holds: named sections of rows, read page by page behind a key."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from compliance.export.events import chain_page, security_events
from compliance.holdings import (
    erasure_order,
    everything,
    is_chained,
    model_of,
    organization_rows,
    own_rows,
    referring_rows,
    section_of,
)
from compliance.subjects import EndUser, Person, Subject, WholeOrganization
from organizations.models import User
from organizations.selectors import memberships_of
from promptguard.core.privacy import Holding
from promptguard.core.tenancy import TenantModel
from promptguard.projects.models import Project

Row = dict[str, Any]
# The key behind which the next page begins, and the row.
Page = Sequence[tuple[str, Row]]
ANOTHER_PERSON = "[another person]"


@dataclass(frozen=True, slots=True)
class Section:
    """`page(after, limit)`: at most `limit` rows behind the key `after` ("" for the first), inside a platform scope."""

    name: str
    page: Callable[[str, int], Page]
    model: str = ""

    def rows(self, at_once: int) -> Iterator[Row]:
        after = ""
        while page := self.page(after, at_once):
            yield from (row for _, row in page)
            after = page[-1][0]


def sections(subject: Subject) -> list[Section]:
    """All of them, empty ones too: an export says also what there is not."""
    found = [_section(holding, subject) for holding in exported_holdings(subject)]
    match subject:
        case Person():
            found += [
                Section("organizations", _at_once(lambda: _organizations(subject))),
                _projects(subject),
                Section("subscriptions", lambda after, limit: ()),
                Section("security_events", lambda after, limit: security_events(subject, after, limit)),
            ]
        case WholeOrganization():
            chain = Section("audit_events", lambda after, limit: chain_page(subject, after, limit))
            found += [Section("people", _at_once(lambda: _people(subject))), chain]
    return found


def exported_holdings(subject: Subject | None = None) -> list[Holding]:
    """The holdings with a section: of a person by default."""
    match subject:
        case WholeOrganization():
            return [held for held in erasure_order() if organization_columns(held)]
        case EndUser():
            return [held for held in erasure_order() if held.exported and held.label]
        case _:
            return [held for held in erasure_order() if held.exported and held.is_about_people]


def organization_columns(holding: Holding) -> list[str]:
    """What a customer gets of their own rows: every column but hashes and what is sealed, save what can be opened."""
    model = model_of(holding)
    if not issubclass(model, TenantModel) and holding.model != "organizations.Organization":
        return []
    hidden = (models.BinaryField,)
    return [
        field.attname
        for field in model._meta.concrete_fields
        if not isinstance(field, hidden) or field.name in holding.opened
    ]


def _section(holding: Holding, subject: Subject) -> Section:
    is_whole = isinstance(subject, WholeOrganization)
    columns = organization_columns(holding) if is_whole else list(holding.exported)
    needed = {*columns, "pk"} | ({"id"} if holding.opened else set())

    def page(after: str, limit: int) -> Page:
        rows = _rows(holding, subject).order_by("pk")
        rows = rows.filter(pk__gt=after) if after else rows
        found = list(rows.values(*needed)[:limit])
        return [(str(row["pk"]), _shown(holding, columns, row, subject)) for row in found]

    return Section(section_of(holding), page, holding.model)


def _rows(holding: Holding, subject: Subject) -> models.QuerySet[Any]:
    if isinstance(subject, WholeOrganization):
        return organization_rows(holding, subject.organizations)
    if not holding.reference:
        return own_rows(holding, subject)
    # Two indexes are better than one OR across both.
    own, named = own_rows(holding, subject), referring_rows(holding, subject)
    return everything(holding).filter(pk__in=own.values("pk").union(named.values("pk")))


def _shown(holding: Holding, columns: Sequence[str], row: Row, subject: Subject) -> Row:
    shown = {name: holding.opened[name](row) if name in holding.opened else row[name] for name in columns}
    if isinstance(subject, Person) and holding.address in shown:
        other = str(shown[holding.address]).lower() != subject.email.lower()
        shown[holding.address] = ANOTHER_PERSON if other else shown[holding.address]
    return shown


def _at_once(rows: Callable[[], Iterator[Row]]) -> Callable[[str, int], Page]:
    """For sections that are short by nature: one page holds them all."""
    return lambda after, limit: () if after else [("all", row) for row in rows()]


def _organizations(person: Person) -> Iterator[Row]:
    for membership in memberships_of(person.user_id):
        organization = membership.organization
        yield {
            "id": organization.id,
            "name": organization.name,
            "slug": organization.slug,
            "role": membership.role,
            "member_since": membership.created_at,
        }


def _projects(person: Person) -> Section:
    columns = ("id", "organization_id", "name", "created_at")
    member_of = [membership.organization_id for membership in memberships_of(person.user_id)]

    def page(after: str, limit: int) -> Page:
        rows = Project.all_tenants.filter(organization_id__in=member_of).order_by("pk")
        rows = rows.filter(pk__gt=after) if after else rows
        return [(str(row["id"]), dict(row)) for row in rows.values(*columns)[:limit]]

    return Section("projects", page)


def _people(whole: WholeOrganization) -> Iterator[Row]:
    members = User.objects.filter(memberships__organization_id=whole.organization_id).order_by("pk")
    for row in members.values("id", "email", "name", "memberships__role", "memberships__created_at"):
        yield {name.removeprefix("memberships__"): value for name, value in row.items()}


def coverage(subject: Subject) -> dict[str, dict[str, Any]]:
    """For every model of the registry: its section, or why there is none."""
    from promptguard.core.privacy import declared

    inside = {section.model: section.name for section in sections(subject)}
    return {
        label: {"section": inside[label]}
        if label in inside
        else {"section": None, "reason": _reason(holding, subject)}
        for label, holding in sorted(declared().items())
    }


def _reason(holding: Holding, subject: Subject) -> str:
    if is_chained(holding):
        kept = "audit_events" if isinstance(subject, WholeOrganization) else "security_events"
        return f"What the audit trail knows is in {kept}; the rest are proofs and keys."
    if holding.withheld:
        return holding.withheld
    if isinstance(subject, EndUser) and holding.is_about_people:
        return "It is about people with an account, and knows no end users."
    return holding.ground or "It says nothing about a person."
