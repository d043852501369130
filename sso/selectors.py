"""Reads about connections and domains. Those before a caller is known cross organizations, and say so."""

from uuid import UUID

from django.db.models import QuerySet

from organizations.models import Membership, User
from organizations.roles import Role
from promptguard.core.caller import Caller
from promptguard.core.tenancy import platform_scope
from sso.models import (
    Connection,
    DirectoryGroup,
    DirectoryRequest,
    DirectoryToken,
    DirectoryUser,
    Domain,
    GroupRole,
    Identity,
    SsoSession,
)


def connection_by_slug(slug: str) -> Connection | None:
    """The active connection of the organization with this slug, for the sign-in doors."""
    with platform_scope():
        found = Connection.all_tenants.filter(organization__slug=slug, is_active=True)
        return found.select_related("organization").first()


def connections(caller: Caller) -> QuerySet[Connection]:
    rows = Connection.objects.for_caller(caller).select_related("organization")
    return rows.prefetch_related("group_roles")


def group_roles(caller: Caller, connection: Connection) -> dict[str, str]:
    rows = GroupRole.objects.for_caller(caller).filter(connection=connection)
    return dict(rows.values_list("group", "role"))


def domains(caller: Caller) -> QuerySet[Domain]:
    return Domain.objects.for_caller(caller)


def domain_owner(name: str) -> Domain | None:
    """Whose verified domain this is. Evaluate inside a platform scope."""
    return Domain.all_tenants.filter(name=name.lower(), verified_at__isnull=False).first()


def verified_domains(organization_id: UUID) -> frozenset[str]:
    """Evaluate inside a scope that sees the organization."""
    rows = Domain.all_tenants.filter(organization_id=organization_id, verified_at__isnull=False)
    return frozenset(rows.values_list("name", flat=True))


def authority_over(address: str) -> Connection | None:
    """The active connection whose organization has verified the address's domain. Inside a platform scope."""
    owner = domain_owner(address.rpartition("@")[2])
    if owner is None:
        return None
    return (
        Connection.all_tenants.filter(organization_id=owner.organization_id, is_active=True)
        .select_related("organization")
        .first()
    )


def needs_own_proof(user: User) -> bool:
    """Operators, and owners of a company's organization, are never linked on a provider's word alone."""
    owns = Membership.all_tenants.filter(user=user).filter(role=Role.OWNER, organization__is_personal=False)
    return user.is_staff or user.is_superuser or owns.exists()


def identity_of(connection: Connection, subject: str) -> Identity | None:
    """Inside a platform scope."""
    rows = Identity.all_tenants.filter(connection=connection, issuer=connection.issuer, subject=subject)
    return rows.select_related("user").first()


def last_identity(connection: Connection) -> Identity | None:
    """Whoever came last through the provider as it is configured now. Inside a scope of the organization."""
    rows = Identity.all_tenants.filter(connection=connection, issuer=connection.issuer)
    return rows.filter(last_sign_in_at__isnull=False).order_by("-last_sign_in_at").first()


def sso_session_of(session_id: UUID | None) -> SsoSession | None:
    """What a device session came from, when it came through single sign-on. Inside a platform scope."""
    return (
        SsoSession.all_tenants.filter(session_id=session_id).select_related("connection", "session").first()
    )


def directory_tokens(caller: Caller) -> QuerySet[DirectoryToken]:
    return DirectoryToken.objects.for_caller(caller).filter(revoked_at__isnull=True)


def directory_requests(caller: Caller) -> QuerySet[DirectoryRequest]:
    return DirectoryRequest.objects.for_caller(caller)


def directory_user_by_address(caller: Caller, address: str) -> DirectoryUser | None:
    """The directory's entry for an address, found by account or by name."""
    rows = DirectoryUser.objects.for_caller(caller)
    return rows.filter(user__email=address).first() or rows.filter(user_name__iexact=address).first()


def directory_token_by_hash(token_hash: bytes) -> DirectoryToken | None:
    """Inside a platform scope: before a token is known, so is its organization."""
    return DirectoryToken.all_tenants.filter(token_hash=token_hash).first()


def connection_of_token(token: DirectoryToken, connection_id: UUID | None) -> Connection | None:
    """The connection in the path, when it is of the token's organization. Inside a platform scope."""
    rows = Connection.all_tenants.filter(organization_id=token.organization_id, id=connection_id)  # type: ignore[misc]
    return rows.select_related("organization").first()


def directory_users(caller: Caller) -> QuerySet[DirectoryUser]:
    return DirectoryUser.objects.for_caller(caller).select_related("user")


def directory_groups(caller: Caller) -> QuerySet[DirectoryGroup]:
    return DirectoryGroup.objects.for_caller(caller).prefetch_related("memberships__member")


def connections_to_examine(slug: str = "") -> QuerySet[Connection]:
    """Every organization's connection, or that of one, for an operator. Inside a platform scope."""
    rows = Connection.all_tenants.select_related("organization").order_by("organization__slug")
    return rows.filter(organization__slug=slug) if slug else rows
