"""What the directory says becomes membership: joining, leaving and roles, each in the request's own transaction."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations import directory
from organizations.models import AuthSession, Membership, User
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict
from promptguard.core.tenancy import platform_scope
from sso.identities import LONGEST_NAME, Address, may_link, role_from_groups
from sso.models import Connection, DirectoryGroup, DirectoryGroupMember, DirectoryUser, SsoSession
from sso.selectors import group_roles, verified_domains

USER_COLUMNS = (
    "user_name", "external_id", "is_active", "given_name", "family_name", "formatted_name", "display_name", "emails",
)  # fmt: skip


class NameTaken(Conflict):
    code = "uniqueness"
    message = "There is such an entry already."


def put_user(
    *, caller: Caller, connection: Connection, values: dict[str, Any], entry: DirectoryUser | None = None
) -> DirectoryUser:
    """Create or replace an entry, and let the membership follow. Raises NameTaken, OwnerStays."""
    row = entry or DirectoryUser(organization_id=caller.tenant)
    was = {"active": row.is_active if entry else None}
    for name in USER_COLUMNS:
        setattr(row, name, values[name])
    row.modified_at = timezone.now()
    _save(row)
    _follow(caller, connection, row)
    details = {"linked": row.user_id is not None}
    after = {"active": row.is_active}
    target = Target("directory_user", row.id)
    record(
        Action.DIRECTORY_USER_CHANGED,
        caller=caller,
        targets=[target],
        before=was,
        after=after,
        details=details,
    )
    return row


def remove_user(*, caller: Caller, connection: Connection, entry: DirectoryUser) -> None:
    """As a deactivation, and the entry goes. The account itself stays. Raises OwnerStays."""
    target = Target("directory_user", entry.id)
    _leave(caller, connection, entry)
    entry.delete()
    record(Action.DIRECTORY_USER_CHANGED, caller=caller, targets=[target], details={"removed": True})


def _save(row: DirectoryUser | DirectoryGroup) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NameTaken() from error


def _follow(caller: Caller, connection: Connection, row: DirectoryUser) -> None:
    if not row.is_active:
        _leave(caller, connection, row)
        return
    with platform_scope():
        user = row.user or _account(caller, connection, row)
        if user is None or not (_is_member(caller, user) or is_admitted(connection, user.email)):
            return
    if row.user_id is None:
        row.user = user
        row.save(update_fields=["user"])
    _take_name(caller, row, user)
    role = _role(caller, connection, row)
    directory.provision_member(caller=caller, user=user, role=role, default_role=connection.default_role)


def is_admitted(connection: Connection, email: str) -> bool:
    """Both lists of allowed domains say yes: the connection's, and the organization's for its members."""
    return connection.admits(email.rpartition("@")[2]) and connection.organization.admits(email)


def _is_member(caller: Caller, user: User) -> bool:
    return Membership.objects.for_caller(caller).filter(user=user).exists()


def _account(caller: Caller, connection: Connection, row: DirectoryUser) -> User | None:
    """A member is recognised; anybody else only at an allowed address in a domain that the organization has verified.

    Inside a platform scope. The address of an existing account is never changed.
    """
    email = row.address
    if not email or not email.isascii():
        return None
    user = User.objects.filter(email__iexact=email).first()
    if user is not None and _is_member(caller, user):
        return user
    is_ours = email.rpartition("@")[2] in verified_domains(caller.tenant)
    if not is_ours or not is_admitted(connection, email):
        return None
    if user is None:
        return _new_account(caller, row, email)
    return user if may_link(user, Address(email, is_ours)) else None


def _new_account(caller: Caller, row: DirectoryUser, email: str) -> User:
    user = User(email=email, name=_name(row), email_verified_at=timezone.now())
    user.set_unusable_password()
    user.save(force_insert=True)
    record(Action.USER_CREATED, caller=caller, targets=[Target("user", user.id)])
    return user


def _name(row: DirectoryUser) -> str:
    given = " ".join(filter(None, (row.given_name, row.family_name)))
    return (row.display_name or row.formatted_name or given)[:LONGEST_NAME]


def _take_name(caller: Caller, row: DirectoryUser, user: User) -> None:
    """The name of people in verified domains is the directory's; everybody else's is their own."""
    if (
        _name(row)
        and user.name != _name(row)
        and user.email.rpartition("@")[2] in verified_domains(caller.tenant)
    ):
        User.objects.filter(id=user.id).update(name=_name(row))


def _leave(caller: Caller, connection: Connection, row: DirectoryUser) -> None:
    """Membership, this organization's sessions and the person's keys here end at once. Raises OwnerStays."""
    if row.user_id is None:
        return
    directory.withdraw_member(caller=caller, user_id=row.user_id)
    mine = SsoSession.objects.for_caller(caller).filter(connection=connection, identity__user_id=row.user_id)
    sessions = AuthSession.objects.filter(id__in=mine.values("session_id"), revoked_at__isnull=True)
    sessions.update(revoked_at=timezone.now())


def _role(caller: Caller, connection: Connection, row: DirectoryUser) -> str | None:
    groups = DirectoryGroupMember.objects.for_caller(caller).filter(member=row)
    names = list(groups.values_list("group__display_name", flat=True))
    return role_from_groups(group_roles(caller, connection), connection.default_role, names)


def put_group(
    *,
    caller: Caller,
    connection: Connection,
    display_name: str,
    external_id: str | None,
    member_ids: Iterable[UUID],
    group: DirectoryGroup | None = None,
) -> DirectoryGroup:
    """Create or replace a group; the roles of everybody concerned follow. Raises NameTaken."""
    row = group or DirectoryGroup(organization_id=caller.tenant)
    row.display_name, row.external_id, row.modified_at = display_name, external_id, timezone.now()
    _save(row)
    places = DirectoryGroupMember.objects.for_caller(caller).filter(group=row)
    before = set(places.values_list("member_id", flat=True))
    known = DirectoryUser.objects.for_caller(caller).filter(id__in=set(member_ids))
    after = set(known.values_list("id", flat=True))
    places.filter(member_id__in=before - after).delete()
    for member_id in after - before:
        DirectoryGroupMember.objects.create_for(caller, group=row, member_id=member_id)
    _follow_all(caller, connection, before | after)
    details = {"members": len(after)}
    record(
        Action.DIRECTORY_GROUP_CHANGED,
        caller=caller,
        targets=[Target("directory_group", row.id)],
        details=details,
    )
    return row


def remove_group(*, caller: Caller, connection: Connection, group: DirectoryGroup) -> None:
    target = Target("directory_group", group.id)
    places = DirectoryGroupMember.objects.for_caller(caller).filter(group=group)
    members = set(places.values_list("member_id", flat=True))
    group.delete()
    _follow_all(caller, connection, members)
    record(Action.DIRECTORY_GROUP_CHANGED, caller=caller, targets=[target], details={"removed": True})


def _follow_all(caller: Caller, connection: Connection, member_ids: Iterable[UUID]) -> None:
    rows = DirectoryUser.objects.for_caller(caller).filter(
        id__in=member_ids, is_active=True, user__isnull=False
    )
    for row in rows.select_related("user"):
        _follow(caller, connection, row)
