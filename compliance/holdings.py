"""The privacy registry as sets of rows: where a person is found, and in which order rows can go."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Q

from organizations.models import User
from organizations.selectors import memberships_of
from promptguard.core.privacy import Erasure, Holding, declared
from promptguard.core.tenancy import TenantModel


@dataclass(frozen=True, slots=True)
class Subject:
    """A person with an account: by id, by address, and as what their own organizations may call them."""

    user_id: UUID
    email: str
    organizations: tuple[UUID, ...]
    personal_organizations: tuple[UUID, ...]

    @property
    def labels(self) -> list[str]:
        return [self.email, str(self.user_id)]


def subject_of(user: User) -> Subject:
    memberships = memberships_of(user.id)
    return Subject(
        user.id,
        user.email,
        tuple(membership.organization_id for membership in memberships),
        tuple(
            membership.organization_id for membership in memberships if membership.organization.is_personal
        ),
    )


def model_of(holding: Holding) -> type[models.Model]:
    return apps.get_model(holding.model)


def rows(holding: Holding, subject: Subject) -> models.QuerySet[Any]:
    """The rows that speak of `subject`. Evaluate inside a platform scope."""
    found = Q()
    if holding.subject:
        found |= Q(**{holding.subject: subject.user_id})
    if holding.address:
        found |= Q(**{f"{holding.address}__iexact": subject.email})
    if holding.label:
        found |= Q(**{f"{holding.label}__in": subject.labels, "organization_id__in": subject.organizations})
    everything = _manager(holding).all()
    return everything.filter(found) if found else everything.none()


def tenant_rows(holding: Holding, organizations: tuple[UUID, ...]) -> models.QuerySet[Any]:
    """The rows of whole organizations that leave with their only person."""
    return _manager(holding).filter(organization_id__in=organizations)


def _manager(holding: Holding) -> models.Manager[Any]:
    model = model_of(holding)
    return model.all_tenants if issubclass(model, TenantModel) else model._default_manager


def section_of(holding: Holding) -> str:
    """`AuthSession` → `auth_sessions`, unless the holding names it."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", holding.model.rpartition(".")[2]).lower()
    return holding.section or f"{name}s"


def exported_holdings() -> list[Holding]:
    return [
        holding
        for holding in declared().values()
        if holding.exported and (holding.subject or holding.label) and not holding.model.startswith("audit.")
    ]


@cache
def erasure_order() -> tuple[Holding, ...]:
    """Holdings whose rows point at others come before those; what the chain keeps is not among them."""
    ours = [holding for holding in declared().values() if not holding.model.startswith("audit.")]
    return tuple(sorted(ours, key=lambda holding: (-_depth(model_of(holding)), holding.model)))


def _depth(model: type[models.Model]) -> int:
    """How long the longest chain of foreign keys is that leads away from the model."""
    targets = {field.related_model for field in model._meta.concrete_fields if field.is_relation} - {model}
    return 1 + max((_depth(target) for target in targets if isinstance(target, type)), default=0)


def anonymous_values(holding: Holding) -> dict[str, Any]:
    """What takes the place of a person in a row that stays."""
    return anonymous_columns(model_of(holding), _speaking(holding))


def anonymous_columns(model: type[models.Model], names: Iterable[str]) -> dict[str, Any]:
    """Columns emptied: NULL where they may be."""
    values = {}
    for name in names:
        field: Any = model._meta.get_field(name)
        values[field.attname] = None if field.null else ""
    return values


def _speaking(holding: Holding) -> Iterator[str]:
    yield from holding.personal
    if holding.subject and holding.erasure is Erasure.ANONYMISE:
        yield (
            holding.subject.removesuffix("_id")
            if holding.subject.endswith("_id") and _has(holding)
            else holding.subject
        )


def _has(holding: Holding) -> bool:
    names = {field.name for field in model_of(holding)._meta.concrete_fields}
    return (holding.subject or "").removesuffix("_id") in names
