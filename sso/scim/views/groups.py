"""Groups of the directory."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from scim2_models import Context

from promptguard.core.errors import Invalid
from promptguard.core.permissions import Permission as P
from sso import selectors
from sso.models import DirectoryGroup
from sso.scim import resources
from sso.scim.filters import GROUP_FILTERS
from sso.scim.views.doors import ScimView, bounded
from sso.services import directory


class GroupList(ScimView):
    """The directory's groups."""

    permissions = {"GET": P.DIRECTORY_SYNC, "POST": P.DIRECTORY_SYNC}
    statuses = {"POST": 201}

    def get(self, request: Request, connection_id: UUID) -> Response:
        return self.listed(selectors.directory_groups(self.caller), GROUP_FILTERS, resources.group_resource)

    def post(self, request: Request, connection_id: UUID) -> Response:
        given = self.given(resources.Group, Context.RESOURCE_CREATION_REQUEST)
        row = put_group(self, given, None)
        return self.shown(resources.group_resource(row, connection_id), 201)


class GroupDetail(ScimView):
    """One group of the directory."""

    permissions = dict.fromkeys(("GET", "PUT", "PATCH", "DELETE"), P.DIRECTORY_SYNC)

    def found(self, group_id: UUID) -> DirectoryGroup:
        return self.one(selectors.directory_groups(self.caller), id=group_id)

    def get(self, request: Request, connection_id: UUID, group_id: UUID) -> Response:
        return self.shown(resources.group_resource(self.found(group_id), connection_id))

    def put(self, request: Request, connection_id: UUID, group_id: UUID) -> Response:
        given = self.given(resources.Group, Context.RESOURCE_REPLACEMENT_REQUEST)
        row = put_group(self, given, self.found(group_id))
        return self.shown(resources.group_resource(row, connection_id))

    def patch(self, request: Request, connection_id: UUID, group_id: UUID) -> Response:
        group = self.found(group_id)
        row = put_group(self, self.patched(resources.group_resource(group, connection_id)), group)
        return self.shown(resources.group_resource(row, connection_id))

    def delete(self, request: Request, connection_id: UUID, group_id: UUID) -> Response:
        directory.remove_group(caller=self.caller, connection=self.connection, group=self.found(group_id))
        return Response(status=204)


def put_group(view: ScimView, given: resources.Group, group: DirectoryGroup | None) -> DirectoryGroup:
    """The group as it is stored, with its members read anew."""
    row = directory.put_group(
        caller=view.caller,
        connection=view.connection,
        display_name=bounded(given.display_name, 255) or "",
        external_id=bounded(given.external_id, 255),
        member_ids=[identifier(each.value) for each in given.members or []],
        group=group,
    )
    return view.one(selectors.directory_groups(view.caller), id=row.id)


def identifier(text: str | None) -> UUID:
    """Raises Invalid for a member that cannot be one of ours."""
    try:
        return UUID(text or "")
    except ValueError as error:
        raise Invalid([{"loc": ["members"], "msg": "is not the id of a user", "type": "uuid"}]) from error
