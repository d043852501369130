"""Members, and what they may do: roles of the organization's own, and what the caller may do."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from organizations import selectors, services
from organizations.models import CustomRole
from organizations.roles import MATRIX, permissions_of
from organizations.serializers.organizations import (
    CustomRoleChanges,
    CustomRoleIn,
    CustomRoleOut,
    KeysFate,
    MemberFilters,
    MemberOut,
    OwnPermissions,
    RoleName,
    Roles,
)
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView


class MemberList(TenantView):
    """Who belongs to the organization, and as what; `search` and `role` narrow it down."""

    permissions = {"GET": P.MEMBER_READ}
    gives = {"GET": MemberOut}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.members(self.caller, **self.query(MemberFilters)))


class MemberDetail(TenantView):
    """One member; change their role; remove them, and revoke or take over the keys they made (`?keys=`)."""

    permissions = {"GET": P.MEMBER_READ, "PATCH": P.MEMBER_WRITE, "DELETE": P.MEMBER_WRITE}
    takes = {"PATCH": RoleName}
    gives = {"GET": MemberOut, "PATCH": MemberOut}

    def get(self, request: Request, organization_id: UUID, user_id: UUID) -> Response:
        return self.answer(self.one(selectors.members(self.caller), user_id=user_id))

    def patch(self, request: Request, organization_id: UUID, user_id: UUID) -> Response:
        return self.answer(services.change_role(caller=self.caller, user_id=user_id, **self.body()))

    def delete(self, request: Request, organization_id: UUID, user_id: UUID) -> Response:
        services.remove_member(caller=self.caller, user_id=user_id, **self.query(KeysFate))
        return self.answer()


class Leave(TenantView):
    """Leave the organization; `?keys=transfer` hands the keys I made to an owner."""

    permissions = {"POST": P.ACCOUNT_MANAGE}

    def post(self, request: Request, organization_id: UUID) -> Response:
        services.leave(caller=self.caller, **self.query(KeysFate))
        return self.answer()


class OwnPermissionList(TenantView):
    """What I may do here: everywhere, and beyond that in single projects."""

    permissions = {"GET": P.ACCOUNT_READ}
    gives = {"GET": OwnPermissions}

    def get(self, request: Request, organization_id: UUID) -> Response:
        own = {
            "organization_id": organization_id,
            "permissions": sorted(self.caller.permissions),
            "projects": [
                {"project_id": project_id, "permissions": sorted(granted)}
                for project_id, granted in self.caller.grants.items()
            ],
        }
        return self.answer(own)


class RoleList(TenantView):
    """Every role, built in and custom, with what it allows and how many hold it; make another."""

    permissions = {"GET": P.ROLE_READ, "POST": P.ROLE_WRITE}
    takes = {"POST": CustomRoleIn}
    gives = {"GET": Roles, "POST": CustomRoleOut}
    statuses = {"POST": 201}

    def get(self, request: Request, organization_id: UUID) -> Response:
        holders = selectors.holders_by_role(self.caller)
        rows = [built_in(role, holders.get(role, 0)) for role in MATRIX]
        rows += [custom(role, holders.get(str(role.id), 0)) for role in selectors.custom_roles(self.caller)]
        return self.answer({"results": rows, "next": None, "previous": None})

    def post(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(services.create_role(caller=self.caller, **self.body()))


class RoleDetail(TenantView):
    """A custom role. While somebody holds it, or is invited to it, it cannot be deleted (409)."""

    permissions = {"GET": P.ROLE_READ, "PATCH": P.ROLE_WRITE, "DELETE": P.ROLE_WRITE}
    takes = {"PATCH": CustomRoleChanges}
    gives = {"GET": CustomRoleOut, "PATCH": CustomRoleOut}

    def get(self, request: Request, organization_id: UUID, role_id: UUID) -> Response:
        return self.answer(self.one(selectors.custom_roles(self.caller), id=role_id))

    def patch(self, request: Request, organization_id: UUID, role_id: UUID) -> Response:
        role = self.one(selectors.custom_roles(self.caller), id=role_id)
        return self.answer(services.update_role(caller=self.caller, role=role, **self.body()))

    def delete(self, request: Request, organization_id: UUID, role_id: UUID) -> Response:
        services.delete_role(
            caller=self.caller, role=self.one(selectors.custom_roles(self.caller), id=role_id)
        )
        return self.answer()


def built_in(role: str, members: int) -> dict[str, Any]:
    return {
        "id": None,
        "name": role,
        "description": "",
        "is_custom": False,
        "permissions": sorted(permissions_of(role)),
        "members": members,
    }


def custom(role: CustomRole, members: int) -> dict[str, Any]:
    return {
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "is_custom": True,
        "permissions": role.permissions,
        "members": members,
    }
