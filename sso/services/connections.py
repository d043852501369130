"""Connecting an identity provider, changing it, enforcing it, taking it away."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import AuthSession, Membership
from organizations.roles import Role
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict, DomainError, Invalid
from sso.calls import url_objection
from sso.discovery import forget
from sso.models import Connection, GroupRole, Identity, SsoSession
from sso.providers import canonical_issuer, issuer_objection
from sso.selectors import connections, group_roles, verified_domains

RECENT = timedelta(minutes=10)
COLUMNS = (
    "provider", "issuer", "client_id", "allowed_domains", "auto_provision", "default_role", "groups_claim",
    "required_acr", "required_amr", "max_session_minutes", "is_active", "is_enforced",
)  # fmt: skip


class VersionMismatch(DomainError):
    status, code = 412, "version_mismatch"
    message = "Somebody changed this in the meantime: read it again."


class ConnectionExists(Conflict):
    code = "connection_exists"
    message = "This organization has an identity provider already."


class EnforcementRefused(Conflict):
    code = "enforcement_refused"


def put_connection(*, caller: Caller, settings: Mapping[str, Any], if_match: str = "") -> Connection:
    """Connect a provider, or replace the connection's settings. Raises Invalid, VersionMismatch, EnforcementRefused."""
    found = connections(caller).select_for_update(of=("self",)).first()
    if found is None:
        check_version(if_match, None)
        fresh = Connection(organization_id=caller.tenant)
        return _saved(caller, fresh, settings, Action.SSO_CONNECTION_CREATED)
    return change_connection(caller=caller, connection=found, changes=settings, if_match=if_match)


def change_connection(
    *, caller: Caller, connection: Connection, changes: Mapping[str, Any], if_match: str = ""
) -> Connection:
    """Raises Invalid, VersionMismatch, EnforcementRefused."""
    check_version(if_match, connection)
    return _saved(caller, connection, changes, Action.SSO_CONNECTION_UPDATED)


def check_version(if_match: str, connection: Connection | None) -> None:
    """RFC 9110, 13.1.1. Raises VersionMismatch."""
    if if_match and if_match != "*" and (connection is None or connection.etag not in if_match):
        raise VersionMismatch()


def _saved(caller: Caller, connection: Connection, changes: Mapping[str, Any], action: Action) -> Connection:
    if "issuer" in changes:
        provider = changes.get("provider", connection.provider)
        changes = {**changes, "issuer": canonical_issuer(provider, changes["issuer"])}
    before = described(caller, connection) if action is Action.SSO_CONNECTION_UPDATED else None
    moved = "issuer" in changes and changes["issuer"] != connection.issuer
    if moved and connection.sealed_secret and "client_secret" not in changes:
        raise Invalid.field(
            "client_secret", "Another issuer needs the secret again: ours was told to the old one."
        )
    check_issuer(changes.get("issuer", connection.issuer))
    was_enforced, was_active = connection.is_enforced, connection.is_active
    _apply(caller, connection, changes)
    if connection.is_enforced:
        check_enforcement(caller, connection, is_new=not was_enforced)
    if before is not None:
        connection.version += 1
    connection.save()
    if "group_roles" in changes:
        _put_group_roles(caller, connection, changes["group_roles"])
    forget(connection)
    if moved or (was_active and not connection.is_active):
        end_sessions_through(caller, connection)
    if connection.is_enforced and not was_enforced:
        end_sessions_around(caller, connection)
    target = Target("connection", connection.id)
    record(action, caller=caller, targets=[target], before=before, after=described(caller, connection))
    return connection


def _apply(caller: Caller, connection: Connection, changes: Mapping[str, Any]) -> None:
    for name in COLUMNS:
        if name in changes:
            setattr(connection, name, changes[name])
    if "client_secret" in changes:
        connection.put_secret(changes["client_secret"])
    if "break_glass_user_id" in changes:
        connection.break_glass_user_id = _owner(caller, changes["break_glass_user_id"])


def check_issuer(issuer: str) -> None:
    """Raises Invalid."""
    objection = issuer_objection(issuer) or ("?" in issuer and "it has a query") or url_objection(issuer)
    if objection:
        raise Invalid.field("issuer", f"This cannot be an issuer: {objection}.", "issuer")


def _owner(caller: Caller, user_id: UUID | None) -> UUID | None:
    owners = Membership.objects.for_caller(caller).filter(role=Role.OWNER, user_id=user_id)  # type: ignore[misc]
    if user_id is not None and not owners.exists():
        raise Invalid.field("break_glass_user_id", "Must be an owner of this organization.", "break_glass")
    return user_id


def check_enforcement(caller: Caller, connection: Connection, *, is_new: bool) -> None:
    """Nobody locks their organization out: a domain, a way in without it, and a fresh proof that it works.

    Raises EnforcementRefused.
    """
    if not connection.is_active or not verified_domains(caller.tenant):
        raise EnforcementRefused("Enforcement needs an active connection and a verified domain.")
    if connection.break_glass_user_id is None:
        raise EnforcementRefused(
            "Name an owner as `break_glass_user_id`, who can always sign in with a password."
        )
    mine = Identity.objects.for_caller(caller).filter(
        connection=connection, issuer=connection.issuer, user_id=caller.person
    )
    if is_new and not mine.filter(last_sign_in_at__gt=timezone.now() - RECENT).exists():
        raise EnforcementRefused(
            "Sign in through the provider yourself first, not longer than ten minutes ago."
        )


def _put_group_roles(caller: Caller, connection: Connection, wanted: Mapping[str, str]) -> None:
    GroupRole.objects.for_caller(caller).filter(connection=connection).delete()
    for group, role in wanted.items():
        GroupRole.objects.create_for(caller, connection=connection, group=group, role=role)


def remove_connection(*, caller: Caller, connection: Connection) -> None:
    """Every session that came through it ends, and who they were to the provider is forgotten."""
    before, target = described(caller, connection), Target("connection", connection.id)
    end_sessions_through(caller, connection)
    forget(connection)
    connection.delete()
    record(Action.SSO_CONNECTION_DELETED, caller=caller, targets=[target], before=before)


def end_sessions_through(caller: Caller, connection: Connection) -> int:
    mine = SsoSession.objects.for_caller(caller).filter(connection=connection).values("session_id")
    return _revoked(mine)


def end_sessions_around(caller: Caller, connection: Connection) -> int:
    """Sessions of enforced addresses that did not come through the connection, but for the break-glass owner's."""
    through = SsoSession.objects.for_caller(caller).filter(connection=connection).values("session_id")
    ended = 0
    for name in verified_domains(caller.tenant):
        sessions = AuthSession.objects.filter(user__email__iendswith=f"@{name}", revoked_at__isnull=True)
        around = sessions.exclude(id__in=through).exclude(user_id=connection.break_glass_user_id)  # type: ignore[misc]
        # The admin who enforces has just signed in through the provider; this very request may be another session.
        ended += around.exclude(id=caller.session_id).update(revoked_at=timezone.now())  # type: ignore[misc]
    return ended


def _revoked(session_ids: Any) -> int:
    sessions = AuthSession.objects.filter(id__in=session_ids, revoked_at__isnull=True)
    return sessions.update(revoked_at=timezone.now())


def described(caller: Caller, connection: Connection) -> dict[str, Any]:
    """The settings without the secret, for the audit log."""
    told = {name: getattr(connection, name) for name in COLUMNS}
    break_glass = connection.break_glass_user_id is not None
    return told | {"group_roles": group_roles(caller, connection), "has_break_glass": break_glass}
