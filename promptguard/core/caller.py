"""Who is asking: one frozen value, built at the door, passed to everything below it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self
from uuid import UUID

from promptguard.core.permissions import Permission

if TYPE_CHECKING:
    from promptguard.core.ratelimit import Limit


class ActorType(StrEnum):
    USER = "user"
    API_KEY = "api_key"
    OPERATOR = "operator"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class Via(StrEnum):
    """How the actor proved who it is; `via` in each audit record."""

    SESSION = "session"
    BEARER = "bearer"
    ACCESS_TOKEN = "access_token"  # noqa: S105  the way in, not a token
    API_KEY = "api_key"
    SSO = "sso"
    ADMIN = "admin"
    COMMAND = "command"
    SYSTEM = "system"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Actor:
    type: ActorType
    id: UUID | None
    via: Via


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from. `ip` is None when it cannot be known (junk behind a trusted proxy)."""

    ip: str | None = None
    user_agent: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of every permission check and every audit record.

    `organization_id` is None for callers that act outside any tenant (sign-in, operators, system jobs).
    `project_id` binds an API key to one project; None means every project of the organization. `grants` are
    what a person may do in single projects beyond `permissions`, which hold in all of them.
    `allow_lists` are lists of CIDRs, each of which has to contain the address; `limits` are all charged.
    """

    organization_id: UUID | None
    actor: Actor
    permissions: frozenset[Permission] = frozenset()
    origin: Origin = Origin()
    project_id: UUID | None = None
    session_id: UUID | None = None
    grants: Mapping[UUID, frozenset[Permission]] = field(default_factory=dict, hash=False)
    confined_to: frozenset[UUID] | None = None
    allow_lists: tuple[tuple[str, ...], ...] = ()
    limits: "tuple[Limit, ...]" = ()

    def may(self, permission: Permission) -> bool:
        """Whether the permission is held, be it in a single project only."""
        return permission in self.permissions or any(
            permission in granted for granted in self.grants.values()
        )

    def under(self, permission: Permission) -> Self:
        """The caller a door sees that asks for `permission`: held by grant only, it confines them to those projects."""
        if permission in self.permissions:
            return self
        where = frozenset(project for project, granted in self.grants.items() if permission in granted)
        return replace(self, confined_to=where)

    @property
    def projects(self) -> frozenset[UUID] | None:
        """The only projects this caller can reach; None means every one of the organization."""
        return self.confined_to if self.project_id is None else frozenset({self.project_id})

    def permissions_in(self, project_id: UUID | None) -> frozenset[Permission]:
        """What the caller may do in one project; for None, in every project."""
        granted = self.grants.get(project_id) if project_id else None
        return self.permissions | granted if granted else self.permissions

    @property
    def tenant(self) -> UUID:
        """The organization id. Raises LookupError outside any tenant."""
        if self.organization_id is None:
            raise LookupError("this caller acts outside any organization")
        return self.organization_id

    @property
    def user_id(self) -> UUID | None:
        return self.actor.id if self.actor.type is ActorType.USER else None

    @property
    def person(self) -> UUID:
        """The user's id. Raises LookupError for a caller who is no person."""
        if self.user_id is None:
            raise LookupError("this caller is not a person")
        return self.user_id

    def within(self, organization_id: UUID) -> Self:
        """The same caller acting in `organization_id`: for system jobs that walk over tenants."""
        return replace(self, organization_id=organization_id)


def system_caller(organization_id: UUID | None = None) -> Caller:
    """The product itself: background jobs, start-up, retention."""
    return Caller(organization_id, Actor(ActorType.SYSTEM, None, Via.SYSTEM))


def command_caller(organization_id: UUID | None = None) -> Caller:
    """An operator at a shell, through `manage.py`."""
    return Caller(organization_id, Actor(ActorType.OPERATOR, None, Via.COMMAND))


def anonymous_caller(origin: Origin, organization_id: UUID | None = None) -> Caller:
    return Caller(organization_id, Actor(ActorType.ANONYMOUS, None, Via.NONE), origin=origin)
