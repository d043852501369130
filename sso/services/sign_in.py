"""A sign-in through a provider, once its tokens are verified: person, membership, role, session; one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations import directory
from organizations.models import Membership, User
from organizations.networks.services import require_some_network
from organizations.sessions import SignedIn, open_session
from promptguard.core.access import NetworkNotAllowed
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.core.tenancy import platform_scope
from sso import identities, selectors
from sso.models import Connection, Identity, SsoSession
from sso.providers import check_tenant
from sso.refusals import Reason, SignInRefused

SHORT = 200
# Authentication methods (RFC 8176) that are, or include, a second factor.
SECOND_FACTORS = {"mfa", "otp", "hwk", "swk"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a provider proved: the claims (the ID token's win over userinfo's) and the token itself."""

    claims: Mapping[str, Any]
    id_token: str


def receive(*, connection: Connection, evidence: Evidence, origin: Origin) -> SignedIn:
    """A new session for whoever the evidence names. Raises SignInRefused."""
    try:
        return _receive(connection, evidence, origin)
    except IntegrityError:
        # Two first sign-ins of one person at once: the second finds what the first made.
        return _receive(connection, evidence, origin)


def _receive(connection: Connection, evidence: Evidence, origin: Origin) -> SignedIn:
    claims, organization_id = evidence.claims, connection.organization_id
    _check_network(organization_id, origin)
    with platform_scope():
        check_tenant(connection.issuer, claims, selectors.verified_domains(organization_id))
        address = identities.proven_address(connection, claims)
        subject = str(claims["sub"])
        user = identities.recognised_user(connection, subject, address)
        identities.check_directory(_nobody(organization_id, origin), address)
        user = user or _new_user(connection, address, claims, origin)
        caller = sso_caller(organization_id, user.id, origin)
        identity = _linked_identity(caller, connection, subject, user, address)
        _become_member(caller, connection, user, claims)
        ends_at = SsoSession.end_of(connection, timezone.now())
        # Who does not own the domain speaks for nobody outside of the own organization.
        confined_to = None if address.is_ours else organization_id
        signed_in = open_session(
            user,
            origin,
            with_second_factor=bool(SECOND_FACTORS & set(_methods(claims.get("amr")))),
            organization_id=confined_to,
            ends_at=ends_at,
        )
        _remember_session(caller, identity, signed_in, evidence, ends_at)
        _record(caller, identity, claims)
    return signed_in


def _check_network(organization_id: UUID, origin: Origin) -> None:
    """The last step of a sign-in stands behind the organization's allow-list, like every step after it."""
    try:
        require_some_network([organization_id], origin)
    except NetworkNotAllowed as error:
        raise SignInRefused(Reason.NETWORK_NOT_ALLOWED) from error


def sso_caller(organization_id: UUID, user_id: UUID, origin: Origin) -> Caller:
    return Caller(organization_id, Actor(ActorType.USER, user_id, Via.SSO), origin=origin)


def _nobody(organization_id: UUID, origin: Origin) -> Caller:
    return Caller(organization_id, Actor(ActorType.ANONYMOUS, None, Via.SSO), origin=origin)


def _new_user(
    connection: Connection, address: identities.Address, claims: Mapping[str, Any], origin: Origin
) -> User:
    if not connection.auto_provision:
        raise SignInRefused(Reason.NOT_A_MEMBER)
    user = identities.created_user(address, claims)
    caller = sso_caller(connection.organization_id, user.id, origin)
    record(Action.USER_CREATED, caller=caller, targets=[Target("user", user.id)])
    return user


def _linked_identity(
    caller: Caller, connection: Connection, subject: str, user: User, address: identities.Address
) -> Identity:
    is_new = selectors.identity_of(connection, subject) is None
    identity = identities.remember_identity(caller, connection, subject, user, address)
    if is_new:
        targets = [Target("user", user.id), Target("identity", identity.id)]
        record(
            Action.SSO_IDENTITY_LINKED,
            caller=caller,
            targets=targets,
            details={"owns_domain": address.is_ours},
        )
    return identity


def _become_member(caller: Caller, connection: Connection, user: User, claims: Mapping[str, Any]) -> None:
    organization = connection.organization
    if not organization.admits(user.email):
        raise SignInRefused(Reason.DOMAIN_NOT_ALLOWED, "the organization's members")
    if not connection.auto_provision and not Membership.objects.for_caller(caller).filter(user=user).exists():
        raise SignInRefused(Reason.NOT_A_MEMBER)
    mapping = selectors.group_roles(caller, connection)
    role = identities.role_from_groups(mapping, connection.default_role, claims.get(connection.groups_claim))
    directory.provision_member(caller=caller, user=user, role=role, default_role=connection.default_role)


def _remember_session(
    caller: Caller, identity: Identity, signed_in: SignedIn, evidence: Evidence, ends_at: datetime | None
) -> None:
    claims = evidence.claims
    row = SsoSession(
        organization_id=caller.tenant,
        session=signed_in.session,
        connection_id=identity.connection_id,
        identity=identity,
        provider_session=_text(claims.get("sid")),
        acr=_text(claims.get("acr")),
        amr=_methods(claims.get("amr")),
        authenticated_at=_moment(claims.get("auth_time")),
        ends_at=ends_at,
    )
    row.put_id_token(evidence.id_token)
    row.save(force_insert=True)


def _record(caller: Caller, identity: Identity, claims: Mapping[str, Any]) -> None:
    record(
        Action.AUTHENTICATION_SSO_SIGNED_IN,
        caller=caller,
        targets=[Target("identity", identity.id)],
        details={"acr": _text(claims.get("acr")), "amr": _methods(claims.get("amr"))},
    )


def _text(value: Any) -> str:
    return value[:SHORT].replace("\x00", "") if isinstance(value, str) else ""


def _methods(value: Any) -> list[str]:
    return (
        [_text(each)[:50] for each in value[:20] if isinstance(each, str)] if isinstance(value, list) else []
    )


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None
