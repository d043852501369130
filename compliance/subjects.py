"""Whom a request is about: a person with an account, an end user of one organization, or a whole organization."""

import hmac
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import Q

from audit.models import PLATFORM_ORGANIZATION_ID, DataSubject
from organizations.models import AuthSession, User
from organizations.selectors import memberships_of
from promptguard.core.crypto import open_sealed, seal
from promptguard.core.privacy import Identifiers
from promptguard.core.tenancy import platform_scope


@dataclass(frozen=True, slots=True)
class Person:
    """By id and address. `organizations` are those that know the person; of those, some go with them.

    `networks` are the addresses that the person's devices had.
    """

    user_id: UUID
    email: str
    organizations: tuple[UUID, ...]
    personal_organizations: tuple[UUID, ...]
    networks: tuple[str, ...] = ()

    @property
    def id(self) -> UUID:
        return self.user_id

    @property
    def closing(self) -> tuple[UUID, ...]:
        return self.personal_organizations

    @property
    def known(self) -> Identifiers:
        return Identifiers((self.email,), (self.email, str(self.user_id)), self.organizations)

    @property
    def chains(self) -> Q:
        """Whose pseudonyms go: this person's, in every chain."""
        return Q(user_id=self.user_id)


@dataclass(frozen=True, slots=True)
class EndUser:
    """Somebody whom only a label names, the way one organization's applications send it."""

    organization_id: UUID
    label: str

    @property
    def id(self) -> UUID:
        return end_user_id(self.organization_id, self.label)

    @property
    def closing(self) -> tuple[UUID, ...]:
        return ()

    @property
    def organizations(self) -> tuple[UUID, ...]:
        return (self.organization_id,)

    @property
    def known(self) -> Identifiers:
        return Identifiers((), (self.label,), self.organizations)

    @property
    def chains(self) -> Q | None:
        return None


@dataclass(frozen=True, slots=True)
class WholeOrganization:
    """Every row of one customer."""

    organization_id: UUID

    @property
    def id(self) -> UUID:
        return self.organization_id

    @property
    def closing(self) -> tuple[UUID, ...]:
        return (self.organization_id,)

    @property
    def organizations(self) -> tuple[UUID, ...]:
        return (self.organization_id,)

    @property
    def known(self) -> Identifiers:
        return Identifiers((), (), self.organizations)

    @property
    def chains(self) -> Q | None:
        """Everybody's pseudonyms in the organization's own chain."""
        return Q(organization_id=self.organization_id)


Subject = Person | EndUser | WholeOrganization


def person(user: User) -> Person:
    """Where the organizations are both those of the memberships and those whose chains know the person."""
    memberships = memberships_of(user.id)
    with platform_scope():
        known = DataSubject.all_tenants.filter(user_id=user.id).exclude(
            organization_id=PLATFORM_ORGANIZATION_ID
        )
        chains = set(known.values_list("organization_id", flat=True))
        seen = AuthSession.objects.filter(user=user, ip__isnull=False).values_list("ip", flat=True).distinct()
        networks = tuple(sorted(str(ip) for ip in seen))
    return Person(
        user.id,
        user.email,
        tuple(sorted(chains | {membership.organization_id for membership in memberships})),
        tuple(each.organization_id for each in memberships if each.organization.is_personal),
        networks,
    )


def end_user_id(organization_id: UUID, label: str) -> UUID:
    """What a request row calls an end user: the same for the same label, and nobody can guess it back."""
    key = next(iter(settings.ENCRYPTION_KEYS.values()))
    digest = hmac.digest(key, b"compliance.end_user:" + organization_id.bytes + label.encode(), "sha256")
    return UUID(bytes=digest[:16], version=4)


def sealed(request_id: UUID, subject: Subject, told: dict[str, str] | None = None) -> bytes:
    """Who it is about, and whom to tell, for the worker only; dropped when it is done."""
    values: dict[str, Any] = {"told": told or {}}
    match subject:
        case Person():
            values |= {"email": subject.email, "user_id": subject.user_id, "networks": subject.networks}
            values |= {"organizations": subject.organizations, "personal": subject.personal_organizations}
        case EndUser():
            values |= {"organization_id": subject.organization_id, "label": subject.label}
        case WholeOrganization():
            values |= {"organization_id": subject.organization_id}
    return seal(orjson.dumps(values), _place(request_id))


def opened(request_id: UUID, text: bytes | None) -> Subject:
    values = orjson.loads(open_sealed(bytes(text or b""), _place(request_id)))
    if "label" in values:
        return EndUser(UUID(values["organization_id"]), values["label"])
    if "organization_id" in values:
        return WholeOrganization(UUID(values["organization_id"]))
    return Person(
        UUID(values["user_id"]),
        values["email"],
        tuple(UUID(each) for each in values["organizations"]),
        tuple(UUID(each) for each in values["personal"]),
        tuple(values["networks"]),
    )


def told(request_id: UUID, text: bytes) -> dict[str, str]:
    """Whom to tell when it is done: `email`, and the `receipt` that opens the certificate."""
    found: dict[str, str] = orjson.loads(open_sealed(bytes(text), _place(request_id)))["told"]
    return found


def _place(request_id: UUID) -> bytes:
    return b"compliance.request.subject:" + request_id.bytes
