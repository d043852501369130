"""Doors about access lists: one of each project, and one of the organization that counts in all of them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView
from promptguard.projects import selectors
from promptguard.projects.access import services
from promptguard.projects.access.models import AccessRule
from promptguard.projects.access.serializers import AccessRuleChanges, AccessRuleIn, AccessRuleOut
from promptguard.projects.models import Project


class AccessList(TenantView, abstract=True):
    """The rules; add another."""

    takes = {"POST": AccessRuleIn}
    gives = {"GET": AccessRuleOut, "POST": AccessRuleOut}
    statuses = {"POST": 201}
    lists = True

    def project(self) -> Project | None:
        return project_of(self)

    def get(self, request: Request, **ids: UUID) -> Response:
        return self.page(rules(self))

    def post(self, request: Request, **ids: UUID) -> Response:
        return self.answer(services.create_rule(caller=self.caller, project=self.project(), **self.body()))


class AccessRuleDoor(TenantView, abstract=True):
    """One rule: switch it on or off, or delete it."""

    takes = {"PATCH": AccessRuleChanges}
    gives = {"PATCH": AccessRuleOut}

    def patch(self, request: Request, rule_id: UUID, **ids: UUID) -> Response:
        rule = self.one(rules(self), id=rule_id)
        return self.answer(services.update_rule(caller=self.caller, rule=rule, changes=self.body()))

    def delete(self, request: Request, rule_id: UUID, **ids: UUID) -> Response:
        services.delete_rule(caller=self.caller, rule=self.one(rules(self), id=rule_id))
        return self.answer()


def project_of(door: Any) -> Project | None:
    """The project that the path names; None at the organization's doors. Raises NotFound."""
    project_id = door.kwargs.get("project_id")
    return door.one(selectors.projects(door.caller), id=project_id) if project_id else None


def rules(door: Any) -> QuerySet[AccessRule]:
    return AccessRule.objects.for_caller(door.caller).filter(project=project_of(door))


class ProjectAccessList(AccessList):
    permissions = {"GET": P.PROJECT_READ, "POST": P.PROJECT_WRITE}


class ProjectAccessRule(AccessRuleDoor):
    permissions = {"PATCH": P.PROJECT_WRITE, "DELETE": P.PROJECT_WRITE}


class OrganizationAccessList(AccessList):
    permissions = {"GET": P.ORGANIZATION_READ, "POST": P.ORGANIZATION_WRITE}


class OrganizationAccessRule(AccessRuleDoor):
    permissions = {"PATCH": P.ORGANIZATION_WRITE, "DELETE": P.ORGANIZATION_WRITE}
