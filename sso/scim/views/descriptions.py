"""The doors that describe the others, and the one for every other path."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from scim2_models.exceptions import NotImplementedException

from promptguard.core.errors import DomainError, NotFound
from promptguard.core.permissions import Permission as P
from sso.scim import resources
from sso.scim.views.doors import ScimView


class ProviderConfig(ScimView):
    """What this service can do."""

    permissions = {"GET": P.DIRECTORY_SYNC}

    def get(self, request: Request, connection_id: UUID) -> Response:
        return self.shown(resources.provider_config(connection_id))


class Described(ScimView, abstract=True):
    """The collections that describe the others; they are neither filtered nor paged (RFC 7644, 4)."""

    def described(self) -> list[Any]:
        raise NotImplementedError

    def answered(self, name: str | None) -> Response:
        if "filter" in self.request.query_params:
            raise DomainError("These cannot be filtered.", code="forbidden_filter", status=403)
        found = self.described()
        if name is None:
            return self.page_of(found, len(found))
        named = [each for each in found if each.id == name]
        if not named:
            raise NotFound()
        return self.shown(named[0])


class SchemaList(Described):
    permissions = {"GET": P.DIRECTORY_SYNC}

    def described(self) -> list[Any]:
        return resources.schemas(self.connection.id)

    def get(self, request: Request, connection_id: UUID, name: str | None = None) -> Response:
        return self.answered(name)


class ResourceTypeList(Described):
    permissions = {"GET": P.DIRECTORY_SYNC}

    def described(self) -> list[Any]:
        return resources.resource_types(self.connection.id)

    def get(self, request: Request, connection_id: UUID, name: str | None = None) -> Response:
        return self.answered(name)


class Nowhere(ScimView):
    """Every other path says so in SCIM's own words."""

    permissions = {"GET": P.DIRECTORY_SYNC, "POST": P.DIRECTORY_SYNC}

    def get(self, request: Request, connection_id: UUID, path: str) -> Response:
        raise NotFound()

    def post(self, request: Request, connection_id: UUID, path: str) -> Response:
        if path.endswith(".search"):
            raise NotImplementedException(detail="Search with GET and a filter.")
        raise NotFound()
