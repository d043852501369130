"""Erasure (GDPR Art. 17): announced in every chain first, then chunk by chunk, then looked for again, then certified.

Each chunk and its count are one transaction, so a worker may be killed anywhere and the next one goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import models

from audit.actions import Action
from audit.erasure import announce_erasure, carry_out_erasures
from audit.models import DataSubject
from audit.services import record
from compliance.holdings import (
    Subject,
    anonymous_values,
    erasure_order,
    model_of,
    rows,
    tenant_rows,
)
from compliance.models import PrivacyRequest
from organizations.models import Organization
from promptguard.core.caller import system_caller
from promptguard.core.crypto import open_sealed, seal
from promptguard.core.privacy import Erasure, Holding
from promptguard.core.tenancy import TenantModel, organization_scope, platform_scope

CHUNK = 1000
KEYS = "audit keys"


class Waiting(Exception):
    """Something must happen elsewhere first (an event must be sealed); come back later."""


@dataclass(frozen=True, slots=True)
class Step:
    """One set of rows, and what is done to a chunk of it."""

    name: str
    remaining: Callable[[], models.QuerySet[Any]]
    holding: Holding
    whole: bool = False

    def apply(self, limit: int) -> int:
        chosen = list(self.remaining().order_by().values_list("pk", flat=True)[:limit])
        chunk = self.remaining().model._base_manager.filter(pk__in=chosen)
        if self.whole or self.holding.erasure is Erasure.DELETE:
            chunk.delete()
        else:
            chunk.update(**anonymous_values(self.holding))
        return len(chosen)


def steps(subject: Subject) -> Iterator[Step]:
    """Everything to do, in an order that no foreign key objects to."""
    personal = subject.personal_organizations
    for holding in erasure_order():
        if holding.erasure is not Erasure.RETAIN:
            yield Step(holding.model, lambda held=holding: rows(held, subject), holding)  # type: ignore[misc]
        if personal and issubclass(model_of(holding), TenantModel):
            name = f"{holding.model} of personal organizations"
            yield Step(name, lambda held=holding: tenant_rows(held, personal), holding, whole=True)  # type: ignore[misc]
        if personal and holding.model == "organizations.Organization":
            name = "personal organizations"
            yield Step(name, lambda: Organization.objects.filter(id__in=personal), holding, whole=True)


def planned(subject: Subject) -> dict[str, int]:
    """How many rows each step will touch."""
    with platform_scope():
        return {step.name: step.remaining().count() for step in steps(subject)}


def sealed_subject(request_id: UUID, subject: Subject) -> bytes:
    """Who is to be erased, for the worker only; dropped when it is done."""
    told = {
        "user_id": str(subject.user_id),
        "email": subject.email,
        "organizations": [str(organization) for organization in subject.organizations],
        "personal_organizations": [str(organization) for organization in subject.personal_organizations],
    }
    return seal(orjson.dumps(told), _place(request_id))


def opened_subject(request: PrivacyRequest) -> Subject:
    told = orjson.loads(open_sealed(bytes(request.subject or b""), _place(request.id)))
    return Subject(
        UUID(told["user_id"]),
        told["email"],
        tuple(UUID(text) for text in told["organizations"]),
        tuple(UUID(text) for text in told["personal_organizations"]),
    )


def _place(request_id: UUID) -> bytes:
    return b"compliance.request.subject:" + request_id.bytes


def announce(request: PrivacyRequest, subject: Subject) -> None:
    """Before the first destructive statement: each chain that knows the person says what will happen.

    Raises audit.erasure.Held under a legal hold in any of them.
    """
    with platform_scope():
        known = DataSubject.all_tenants.filter(user_id=subject.user_id)
        organizations = set(known.values_list("organization_id", flat=True))
        for organization_id in sorted(organizations):
            caller = system_caller(organization_id)
            with organization_scope(organization_id):
                announce_erasure(caller=caller, user_id=subject.user_id, reason=f"request {request.id}")


def erase_chunk(request: PrivacyRequest, subject: Subject, limit: int = CHUNK) -> bool:
    """Do and count one chunk in the caller's transaction; False when no rows are left."""
    for step in steps(subject):
        if done := step.apply(limit):
            request.counts[step.name] = request.counts.get(step.name, 0) + done
            request.position = step.name
            return True
    return False


def destroy_keys(request: PrivacyRequest, subject: Subject) -> None:
    """Crypto-shredding: the values in the chains become noise. Raises Waiting until the announcement is sealed."""
    carry_out_erasures()
    with platform_scope():
        if DataSubject.all_tenants.filter(user_id=subject.user_id).exists():
            raise Waiting("the announcement has not been sealed yet")


def remains(subject: Subject) -> dict[str, int]:
    """An independent second look: every set again, and the address in every personal text column there is."""
    with platform_scope():
        found = {step.name: step.remaining().count() for step in steps(subject)}
        for holding in erasure_order():
            model = model_of(holding)
            manager: Any = model.all_tenants if issubclass(model, TenantModel) else model._default_manager
            for name in holding.personal:
                if isinstance(model._meta.get_field(name), models.CharField | models.TextField):
                    matches = manager.filter(**{f"{name}__icontains": subject.email}).count()
                    found[f"{holding.model}.{name}"] = matches
    return {name: count for name, count in found.items() if count}


def note_done(request: PrivacyRequest) -> None:
    record(
        Action.ERASURE_COMPLETED,
        caller=system_caller(),
        details={"request_id": str(request.id), "counts": request.counts},
    )
