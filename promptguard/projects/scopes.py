"""What an API key may do: scopes are sets of permissions, and never exceed what a member may do."""

from enum import StrEnum

from promptguard.core.permissions import Permission as P


class Scope(StrEnum):
    ADMIN = "admin"
    PROXY = "proxy"
    READ = "read"
    SCAN = "scan"


READ = frozenset({P.API_KEY_READ, P.INTERACTION_READ, P.PROJECT_READ, P.USAGE_READ})
SCOPES: dict[Scope, frozenset[P]] = {
    Scope.SCAN: frozenset({P.GUARD_RUN}),
    Scope.PROXY: frozenset({P.GUARD_RUN, P.REDTEAM_RUN}),
    Scope.READ: READ,
    Scope.ADMIN: READ | {P.API_KEY_WRITE, P.PROJECT_WRITE},
}


def permissions_of(scopes: list[str]) -> frozenset[P]:
    return frozenset().union(*(SCOPES[Scope(scope)] for scope in scopes))
