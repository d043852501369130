"""Doors about projects and keys, once per plane: the shapes differ where the contract says so."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from organizations.selectors import project_grants
from organizations.serializers.organizations import GrantIn, GrantOut
from organizations.services import grant_project_role, revoke_project_role
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView
from promptguard.projects import rotation, selectors, services
from promptguard.projects.developer import DeveloperView
from promptguard.projects.models import ApiKey
from promptguard.projects.serializers import (
    ApiKeyChanges,
    ApiKeyIn,
    ApiKeyOut,
    Deleted,
    NewApiKey,
    ProjectChanges,
    ProjectIn,
    ProjectOut,
    RotationIn,
    Toggled,
)


class ApiKeyCreation:
    """Creating a key is the same on both planes."""

    def create(self: Any) -> tuple[ApiKey, str]:
        asked = self.body()
        project_id = asked.get("project_id")
        return services.create_api_key(
            caller=self.caller,
            name=asked["name"],
            project=selectors.working_project(self.caller, project_id) if project_id else None,
            scopes=asked.get("permissions") or ApiKeyIn().validate_permissions(None),
            expires_at=asked.get("expires_at"),
            **{name: asked[name] for name in ("allowed_cidrs", "rate_limit_per_minute") if name in asked},
        )


class ProjectList(TenantView):
    """The organization's projects; create another."""

    permissions = {"GET": P.PROJECT_READ, "POST": P.PROJECT_WRITE}
    takes = {"POST": ProjectIn}
    gives = {"GET": ProjectOut, "POST": ProjectOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request) -> Response:
        return self.page(selectors.projects(self.caller))

    def post(self, request: Request) -> Response:
        return self.answer(services.create_project(caller=self.caller, **self.body()))


class ProjectDetail(TenantView):
    permissions = {"GET": P.PROJECT_READ, "PATCH": P.PROJECT_WRITE}
    takes = {"PATCH": ProjectChanges}
    gives = {"GET": ProjectOut, "PATCH": ProjectOut}

    def get(self, request: Request, project_id: UUID) -> Response:
        return self.answer(self.one(selectors.projects(self.caller), id=project_id))

    def patch(self, request: Request, project_id: UUID) -> Response:
        project = self.one(selectors.projects(self.caller), id=project_id)
        return self.answer(services.update_project(caller=self.caller, project=project, changes=self.body()))


class ProjectGrantList(TenantView):
    """Members who hold a role in this project beyond what their role allows everywhere."""

    permissions = {"GET": P.MEMBER_READ}
    gives = {"GET": GrantOut}
    lists = True

    def get(self, request: Request, project_id: UUID) -> Response:
        project = self.one(selectors.projects(self.caller), id=project_id)
        return self.page(project_grants(self.caller, project.id))


class ProjectGrantDetail(TenantView):
    """Give a member a role in this project, or take it away."""

    permissions = {"PUT": P.MEMBER_WRITE, "DELETE": P.MEMBER_WRITE}
    takes = {"PUT": GrantIn}
    gives = {"PUT": GrantOut}

    def put(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        project = self.one(selectors.projects(self.caller), id=project_id)
        grant = grant_project_role(caller=self.caller, project_id=project.id, user_id=user_id, **self.body())
        return self.answer(grant)

    def delete(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        project = self.one(selectors.projects(self.caller), id=project_id)
        revoke_project_role(caller=self.caller, project_id=project.id, user_id=user_id)
        return self.answer()


class ApiKeyList(ApiKeyCreation, TenantView):
    """The organization's API keys; create another, whose text is shown once."""

    permissions = {"GET": P.API_KEY_READ, "POST": P.API_KEY_WRITE}
    takes = {"POST": ApiKeyIn}
    gives = {"GET": ApiKeyOut, "POST": NewApiKey}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request) -> Response:
        return self.page(selectors.api_keys(self.caller))

    def post(self, request: Request) -> Response:
        return self.answer(self.create())


class ApiKeyDetail(TenantView):
    permissions = {"GET": P.API_KEY_READ, "PATCH": P.API_KEY_WRITE, "DELETE": P.API_KEY_WRITE}
    takes = {"PATCH": ApiKeyChanges}
    gives = {"GET": ApiKeyOut, "PATCH": ApiKeyOut}

    def get(self, request: Request, key_id: UUID) -> Response:
        return self.answer(self.one(selectors.api_keys(self.caller), id=key_id))

    def patch(self, request: Request, key_id: UUID) -> Response:
        key, changes = self.one(selectors.api_keys(self.caller), id=key_id), self.body()
        if "permissions" in changes:
            changes["scopes"] = changes.pop("permissions")
        return self.answer(rotation.update_api_key(caller=self.caller, key=key, changes=changes))

    def delete(self, request: Request, key_id: UUID) -> Response:
        services.delete_api_key(caller=self.caller, key=self.one(selectors.api_keys(self.caller), id=key_id))
        return self.answer()


class ApiKeyRotation(TenantView):
    """A new text for a key, shown once; the old one works a while longer."""

    permissions = {"POST": P.API_KEY_WRITE}
    takes = {"POST": RotationIn}
    gives = {"POST": NewApiKey}

    def post(self, request: Request, key_id: UUID) -> Response:
        key = self.one(selectors.api_keys(self.caller), id=key_id)
        return self.answer(rotation.rotate_api_key(caller=self.caller, key=key, **self.body()))


class ApiKeyToggle(TenantView):
    """Switch a key off, or on again."""

    permissions = {"POST": P.API_KEY_WRITE}
    gives = {"POST": ApiKeyOut}

    def post(self, request: Request, key_id: UUID) -> Response:
        key = self.one(selectors.api_keys(self.caller), id=key_id)
        return self.answer(services.toggle_api_key(caller=self.caller, key=key))


class DeveloperProjectList(DeveloperView):
    """The projects that the key works for, as a bare array; create another (contract 1.8)."""

    permissions = {"GET": P.PROJECT_READ, "POST": P.PROJECT_WRITE}
    takes = {"POST": ProjectIn}
    gives = {"GET": ProjectOut, "POST": ProjectOut}
    statuses = {"POST": 201}

    def get(self, request: Request) -> Response:
        return Response(ProjectOut(selectors.projects(self.caller).order_by("created_at"), many=True).data)

    def post(self, request: Request) -> Response:
        return self.answer(services.create_project(caller=self.caller, **self.body()))


class DeveloperApiKeyList(ApiKeyCreation, DeveloperView):
    """The organization's keys, as a bare array; create another (contract 1.8)."""

    permissions = {"GET": P.API_KEY_READ, "POST": P.API_KEY_WRITE}
    takes = {"POST": ApiKeyIn}
    gives = {"GET": ApiKeyOut, "POST": NewApiKey}
    statuses = {"POST": 201}

    def get(self, request: Request) -> Response:
        return Response(ApiKeyOut(selectors.api_keys(self.caller).order_by("created_at"), many=True).data)

    def post(self, request: Request) -> Response:
        return self.answer(self.create())


class DeveloperApiKeyDetail(DeveloperView):
    permissions = {"DELETE": P.API_KEY_WRITE}
    gives = {"DELETE": Deleted}

    def delete(self, request: Request, key_id: UUID) -> Response:
        services.delete_api_key(caller=self.caller, key=self.one(selectors.api_keys(self.caller), id=key_id))
        return self.answer({"message": "The API key was deleted."})


class DeveloperApiKeyToggle(DeveloperView):
    permissions = {"PUT": P.API_KEY_WRITE}
    gives = {"PUT": Toggled}

    def put(self, request: Request, key_id: UUID) -> Response:
        key = self.one(selectors.api_keys(self.caller), id=key_id)
        toggled = services.toggle_api_key(caller=self.caller, key=key)
        return self.answer({"success": True, "is_active": toggled.is_active})
