"""People of the directory."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from scim2_models import Context

from promptguard.core.permissions import Permission as P
from sso import selectors
from sso.models import DirectoryUser
from sso.scim import resources
from sso.scim.filters import USER_FILTERS
from sso.scim.views.doors import ScimView, bounded
from sso.services import directory


def user_values(given: resources.User) -> dict[str, Any]:
    """The columns of an entry; what is absent is forgotten, but an entry is active unless it says otherwise."""
    name = given.name or resources.Name()
    emails = [each.model_dump(exclude_none=True) for each in given.emails or []][:20]
    return {
        "user_name": bounded(given.user_name, 254),
        "external_id": bounded(given.external_id, 255),
        "is_active": given.active is not False,
        "given_name": bounded(name.given_name, 100),
        "family_name": bounded(name.family_name, 100),
        "formatted_name": bounded(name.formatted, 200),
        "display_name": bounded(given.display_name, 200),
        "emails": emails,
    }


class UserList(ScimView):
    """The directory's people."""

    permissions = {"GET": P.DIRECTORY_SYNC, "POST": P.DIRECTORY_SYNC}
    statuses = {"POST": 201}

    def get(self, request: Request, connection_id: UUID) -> Response:
        return self.listed(selectors.directory_users(self.caller), USER_FILTERS, resources.user_resource)

    def post(self, request: Request, connection_id: UUID) -> Response:
        given = self.given(resources.User, Context.RESOURCE_CREATION_REQUEST)
        row = directory.put_user(caller=self.caller, connection=self.connection, values=user_values(given))
        return self.shown(resources.user_resource(row, connection_id), 201)


class UserDetail(ScimView):
    """One person of the directory."""

    permissions = dict.fromkeys(("GET", "PUT", "PATCH", "DELETE"), P.DIRECTORY_SYNC)

    def found(self, user_id: UUID) -> DirectoryUser:
        return self.one(selectors.directory_users(self.caller), id=user_id)

    def get(self, request: Request, connection_id: UUID, user_id: UUID) -> Response:
        return self.shown(resources.user_resource(self.found(user_id), connection_id))

    def put(self, request: Request, connection_id: UUID, user_id: UUID) -> Response:
        return self.stored(
            self.found(user_id), self.given(resources.User, Context.RESOURCE_REPLACEMENT_REQUEST)
        )

    def patch(self, request: Request, connection_id: UUID, user_id: UUID) -> Response:
        entry = self.found(user_id)
        return self.stored(entry, self.patched(resources.user_resource(entry, connection_id)))

    def stored(self, entry: DirectoryUser, given: resources.User) -> Response:
        row = directory.put_user(
            caller=self.caller, connection=self.connection, values=user_values(given), entry=entry
        )
        return self.shown(resources.user_resource(row, self.connection.id))

    def delete(self, request: Request, connection_id: UUID, user_id: UUID) -> Response:
        directory.remove_user(caller=self.caller, connection=self.connection, entry=self.found(user_id))
        return Response(status=204)
