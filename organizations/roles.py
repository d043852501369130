"""THE matrix: what each role may do. A test compares the guide's table ("RBAC") and README's with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from promptguard.core.permissions import Permission as P


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


# A membership with this role takes its permissions from a `CustomRole` row.
CUSTOM = "custom"

# What everybody who is signed in may do about themselves, in any organization or none.
ACCOUNT = frozenset({P.ACCOUNT_MANAGE, P.ACCOUNT_READ})

VIEWER = frozenset(
    {
        P.INTERACTION_READ,
        P.MEMBER_READ,
        P.ORGANIZATION_READ,
        P.PROJECT_READ,
        P.ROLE_READ,
        P.USAGE_READ,
    }
)
MEMBER = VIEWER | {
    P.API_KEY_READ,
    P.API_KEY_WRITE,
    P.GUARD_RUN,
    P.INTERACTION_REVIEW,
    P.PROJECT_WRITE,
    P.REDTEAM_RUN,
}
ADMIN = MEMBER | {
    P.AUDIT_EXPORT,
    P.AUDIT_READ,
    P.BILLING_READ,
    P.COMPLIANCE_READ,
    P.COMPLIANCE_WRITE,
    P.INVITATION_READ,
    P.INVITATION_WRITE,
    P.MEMBER_WRITE,
    P.NETWORK_READ,
    P.NETWORK_WRITE,
    P.ORGANIZATION_WRITE,
    P.ROLE_WRITE,
    P.WEBHOOK_READ,
    P.WEBHOOK_WRITE,
}
OWNER = ADMIN | {P.ORGANIZATION_DELETE, P.ORGANIZATION_TRANSFER}

MATRIX: dict[Role, frozenset[P]] = {
    Role.OWNER: OWNER | ACCOUNT,
    Role.ADMIN: ADMIN | ACCOUNT,
    Role.MEMBER: MEMBER | ACCOUNT,
    Role.VIEWER: VIEWER | ACCOUNT,
}
RANK: dict[Role, int] = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}

VOCABULARY = frozenset(str(permission) for permission in P)
# Power over people and settings: a custom role that holds any of these ranks with the admins.
GOVERNING = frozenset(
    {
        P.COMPLIANCE_WRITE,
        P.INVITATION_WRITE,
        P.MEMBER_WRITE,
        P.NETWORK_WRITE,
        P.ORGANIZATION_WRITE,
        P.ROLE_WRITE,
    }
)
# What stays the owner's: no custom role may hold it.
RESERVED = OWNER - ADMIN
# What makes sense inside one project, and may therefore be granted there.
PROJECT_SCOPED = frozenset(
    {
        P.API_KEY_READ,
        P.API_KEY_WRITE,
        P.GUARD_RUN,
        P.INTERACTION_READ,
        P.INTERACTION_REVIEW,
        P.PROJECT_READ,
        P.PROJECT_WRITE,
        P.REDTEAM_RUN,
        P.USAGE_READ,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How high somebody stands: what a role allows, and its rank among the roles."""

    name: str
    permissions: frozenset[P]
    rank: int

    @property
    def is_owner(self) -> bool:
        return self.name == Role.OWNER

    def governs(self, other: "Standing") -> bool:
        """Whether this role may give or take `other`: owners every role, everybody else only what lies below them.

        The guide lets admins manage members; making and unmaking admins is the owner's (contract, section 2).
        Nobody hands out a permission that they do not hold.
        """
        return self.is_owner or (self.rank > other.rank and other.permissions <= self.permissions)


def standing(role: str) -> Standing:
    """Of a built-in role. Raises ValueError for any other name."""
    return Standing(role, MATRIX[Role(role)], RANK[Role(role)])


def custom_standing(name: str, permissions: Iterable[str]) -> Standing:
    """Of a custom role. A permission that the vocabulary no longer knows grants nothing."""
    held = frozenset(P(each) for each in permissions if each in VOCABULARY) - RESERVED
    rank = Role.ADMIN if held & GOVERNING else Role.VIEWER if held <= VIEWER else Role.MEMBER
    return Standing(name, held | ACCOUNT, RANK[rank])


def permissions_of(role: str) -> frozenset[P]:
    return MATRIX[Role(role)]


def project_permissions_of(role: str) -> frozenset[P]:
    """What a built-in role allows inside a single project."""
    return permissions_of(role) & PROJECT_SCOPED
