"""Roles that an organization defines itself: named sets of permissions, never more than their maker holds."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import CustomRole, Invitation
from organizations.roles import RESERVED, custom_standing
from organizations.services.governance import AboveOwnRank, lock_organization, own_standing
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict, Invalid


class RoleNameTaken(Conflict):
    code = "role_name_taken"
    message = "Another role of this organization has this name."


class RoleInUse(Conflict):
    code = "role_in_use"
    message = "Members hold this role, or are invited to it: give them another first."


def create_role(
    *, caller: Caller, name: str, permissions: Sequence[str], description: str = ""
) -> CustomRole:
    """A new role. Raises RoleNameTaken, AboveOwnRank, and Invalid for a permission that is the owner's alone."""
    lock_organization(caller)
    _check_permissions(caller, name, permissions)
    try:
        with transaction.atomic():
            role = CustomRole.objects.create_for(
                caller, name=name, description=description, permissions=sorted(set(permissions))
            )
    except IntegrityError as error:
        raise RoleNameTaken() from error
    record(
        Action.ROLE_CREATED,
        caller=caller,
        targets=[Target("role", role.id)],
        after={"name": name, "permissions": role.permissions},
    )
    return role


def update_role(
    *,
    caller: Caller,
    role: CustomRole,
    name: str | None = None,
    permissions: Sequence[str] | None = None,
    description: str | None = None,
) -> CustomRole:
    """Change a role for everybody who holds it, from their next request on. Raises as `create_role`."""
    lock_organization(caller)
    before = {"name": role.name, "permissions": role.permissions}
    _check_permissions(caller, role.name, role.permissions)
    role.name = role.name if name is None else name
    role.description = role.description if description is None else description
    role.permissions = role.permissions if permissions is None else sorted(set(permissions))
    _check_permissions(caller, role.name, role.permissions)
    try:
        with transaction.atomic():
            role.save(update_fields=["name", "description", "permissions"])
    except IntegrityError as error:
        raise RoleNameTaken() from error
    record(
        Action.ROLE_UPDATED,
        caller=caller,
        targets=[Target("role", role.id)],
        before=before,
        after={"name": role.name, "permissions": role.permissions},
    )
    return role


def delete_role(*, caller: Caller, role: CustomRole) -> None:
    """Raises RoleInUse while a member holds it or an open invitation promises it."""
    lock_organization(caller)
    _check_permissions(caller, role.name, role.permissions)
    target = Target("role", role.id)
    answered = Invitation.objects.for_caller(caller).filter(custom_role=role).exclude(Invitation.UNANSWERED)
    try:
        with transaction.atomic():
            # What was answered long ago must not keep the role alive for ever.
            answered.delete()
            role.delete()
    except ProtectedError as error:
        raise RoleInUse() from error
    record(Action.ROLE_DELETED, caller=caller, targets=[target], before={"name": role.name})


def _check_permissions(caller: Caller, name: str, permissions: Sequence[str]) -> None:
    if RESERVED & set(permissions):
        raise Invalid.field(
            "permissions", "What only owners may do cannot be part of a custom role.", "reserved"
        )
    own, made = own_standing(caller), custom_standing(name, permissions)
    if not made.permissions <= own.permissions or made.rank > own.rank:
        raise AboveOwnRank("A role cannot allow more than whoever makes or changes it may do.")
