"""THE matrix: what each role may do. A test compares the guide's table ("RBAC") and README's with it."""

from enum import StrEnum

from promptguard.core.permissions import Permission as P


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


# What everybody who is signed in may do about themselves, in any organization or none.
ACCOUNT = frozenset({P.ACCOUNT_MANAGE})

VIEWER = frozenset(
    {
        P.INTERACTION_READ,
        P.MEMBER_READ,
        P.ORGANIZATION_READ,
        P.PROJECT_READ,
        P.USAGE_READ,
    }
)
MEMBER = VIEWER | {P.API_KEY_READ, P.API_KEY_WRITE, P.GUARD_RUN, P.PROJECT_WRITE}
ADMIN = MEMBER | {
    P.AUDIT_EXPORT,
    P.AUDIT_READ,
    P.BILLING_READ,
    P.INVITATION_READ,
    P.INVITATION_WRITE,
    P.MEMBER_WRITE,
    P.ORGANIZATION_WRITE,
    P.WEBHOOK_READ,
    P.WEBHOOK_WRITE,
}
OWNER = ADMIN | {P.ORGANIZATION_DELETE}

MATRIX: dict[Role, frozenset[P]] = {
    Role.OWNER: OWNER | ACCOUNT,
    Role.ADMIN: ADMIN | ACCOUNT,
    Role.MEMBER: MEMBER | ACCOUNT,
    Role.VIEWER: VIEWER | ACCOUNT,
}
RANK: dict[Role, int] = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}


def permissions_of(role: str) -> frozenset[P]:
    return MATRIX[Role(role)]


def outranks(role: str, other: str) -> bool:
    """Whether `role` may grant or take away `other`: nobody grants above their own rank."""
    return RANK[Role(role)] >= RANK[Role(other)]
