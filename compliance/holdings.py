"""The privacy registry as sets of rows: where somebody is found, and in which order rows can go."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.lookups import GreaterThan

from compliance.subjects import EndUser, Person, Subject
from promptguard.core.database import tenant_column
from promptguard.core.privacy import Holding, declared, labelled
from promptguard.core.tenancy import TenantModel


def model_of(holding: Holding) -> type[models.Model]:
    return apps.get_model(holding.model)


def everything(holding: Holding) -> models.QuerySet[Any]:
    model = model_of(holding)
    manager: Any = model.all_tenants if issubclass(model, TenantModel) else model._default_manager
    found: models.QuerySet[Any] = manager.all()
    return found


def own_rows(holding: Holding, subject: Subject) -> models.QuerySet[Any]:
    """The rows that speak of `subject`. Evaluate inside a platform scope."""
    match subject:
        case Person():
            found = _of_person(holding, subject)
        case EndUser():
            found = _of_end_user(holding, subject)
        case _:
            return organization_rows(holding, subject.organizations)
    return everything(holding).filter(found) if found else everything(holding).none()


def _of_person(holding: Holding, person: Person) -> Q:
    found = Q()
    for lookup in holding.owners:
        found |= Q(**{lookup: person.user_id})
    if holding.address:
        found |= Q(**{f"{holding.address}__iexact": person.email})
    if holding.label:
        named = labelled(holding.label, person.known.labels)
        for column in _texts(holding):
            named |= Q(**{f"{column}__icontains": person.email})
        found |= named & Q(organization_id__in=person.organizations)
    return found


def _of_end_user(holding: Holding, end_user: EndUser) -> Q:
    """Exactly: `user-12` is somebody else than `user-123`."""
    if not holding.label:
        return Q()
    return Q(**{holding.label: end_user.label, "organization_id": end_user.organization_id})


def _texts(holding: Holding) -> list[str]:
    fields = (model_of(holding)._meta.get_field(name) for name in holding.personal)
    return [field.name for field in fields if isinstance(field, models.CharField | models.TextField)]


def referring_rows(holding: Holding, subject: Subject) -> models.QuerySet[Any]:
    """Rows of others that only name the person."""
    if not holding.reference or not isinstance(subject, Person):
        return everything(holding).none()
    return everything(holding).filter(**{holding.reference: subject.user_id})


class _Position(Func):
    function, arg_joiner, output_field = "position", " IN ", models.IntegerField()


def mentioning_rows(holding: Holding, subject: Subject) -> models.QuerySet[Any]:
    """Rows whose JSON bytes repeat the person's e-mail address, or the address of one of their devices."""
    if not holding.mentions or not isinstance(subject, Person):
        return everything(holding).none()
    found = Q()
    for text in (subject.email, *subject.networks):
        mention = Value(_json(text).encode(), output_field=models.BinaryField())
        found |= Q(GreaterThan(_Position(mention, F(holding.mentions)), 0))
    return everything(holding).filter(found, organization_id__in=subject.organizations)


def without_mentions(holding: Holding, person: Person) -> dict[str, Any]:
    """An update that puts `null` in the place of each mention."""
    text: Any = Func(
        F(holding.mentions or ""), Value("UTF8"), function="convert_from", output_field=TextField()
    )
    for mention in (person.email, *person.networks):
        text = Func(text, Value(_json(mention)), Value("null"), function="replace", output_field=TextField())
    cleaned = Func(text, Value("UTF8"), function="convert_to", output_field=models.BinaryField())
    return {holding.mentions or "": cleaned}


def _json(text: str) -> str:
    return f'"{text}"'


def organization_rows(holding: Holding, organizations: tuple[UUID, ...]) -> models.QuerySet[Any]:
    """The rows of whole organizations."""
    column = tenant_column(model_of(holding))
    rows = everything(holding)
    return rows.filter(**{f"{column}__in": organizations}) if column else rows.none()


def section_of(holding: Holding) -> str:
    """`AuthSession` → `auth_sessions`, unless the holding names it."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", holding.model.rpartition(".")[2]).lower()
    return holding.section or f"{name}s"


def is_chained(holding: Holding) -> bool:
    """What the audit chain keeps has a way of its own to be exported and erased."""
    return holding.model.startswith("audit.")


@cache
def erasure_order() -> tuple[Holding, ...]:
    """Holdings whose rows point at others come before those; what the chain keeps is not among them."""
    ours = [holding for holding in declared().values() if not is_chained(holding)]
    return tuple(sorted(ours, key=lambda holding: (-_depth(model_of(holding)), holding.model)))


def _depth(model: type[models.Model]) -> int:
    """How long the longest chain of foreign keys is that leads away from the model."""
    targets = {field.related_model for field in model._meta.concrete_fields if field.is_relation} - {model}
    return 1 + max((_depth(target) for target in targets if isinstance(target, type)), default=0)


def anonymous_values(holding: Holding) -> dict[str, Any]:
    """What takes the place of a person in a row that stays."""
    return anonymous_columns(model_of(holding), holding.personal)


def anonymous_columns(model: type[models.Model], names: Iterable[str]) -> dict[str, Any]:
    """Columns emptied: NULL where they may be."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    return {field.attname: _nothing(field) for field in fields}


def _nothing(field: Any) -> Any:
    if field.null:
        return None
    if isinstance(field, models.JSONField | ArrayField):
        return field.get_default()
    return b"" if isinstance(field, models.BinaryField) else ""


def without_reference(holding: Holding) -> dict[str, Any]:
    return {holding.reference or "": None}
