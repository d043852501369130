"""SCIM's doors: its own media type, envelope and log; the rules are in `sso.services.directory`."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from pydantic import ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from scim2_filter_parser.transpilers.django_q_object import get_query
from scim2_models import Context, Error, ListResponse, PatchOp, Resource, ScimPolicy, SearchRequest
from scim2_models.exceptions import NotImplementedException, SCIMException

from promptguard.core.errors import DomainError, Invalid, NotFound, respond
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import organization_scope
from promptguard.core.views import TenantView
from sso import selectors
from sso.models import Connection, DirectoryGroup, DirectoryUser
from sso.scim import resources
from sso.scim.entra import as_the_standard_has_it
from sso.scim.requestlog import note_request
from sso.services import directory

MEDIA_TYPE = "application/scim+json"
LONGEST_FILTER = 500
# Entra adds `emails[type eq "work"].value` to people who have no such address yet.
LENIENT = ScimPolicy(unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create)
USER_FILTERS = {
    ("userName", None, None): "user_name",
    ("externalId", None, None): "external_id",
    ("id", None, None): "id",
    ("displayName", None, None): "display_name",
    ("active", None, None): "is_active",
    ("name", "givenName", None): "given_name",
    ("name", "familyName", None): "family_name",
    ("emails", None, None): "user__email",
    ("emails", "value", None): "user__email",
}
GROUP_FILTERS = {
    ("displayName", None, None): "display_name",
    ("externalId", None, None): "external_id",
    ("id", None, None): "id",
    ("members", "value", None): "memberships__member_id",
}


class ScimParser(JSONParser):
    media_type = MEDIA_TYPE


class ScimRenderer(JSONRenderer):
    media_type = MEDIA_TYPE


class ScimView(TenantView, abstract=True):
    """Everything between the directory's token and a resource."""

    plane = "scim"
    parser_classes = [ScimParser, JSONParser]
    renderer_classes = [ScimRenderer]

    def get_authenticators(self) -> list[Any]:
        from sso.scim.authentication import DirectoryAuthentication

        return [DirectoryAuthentication()]

    @property
    def connection(self) -> Connection:
        found: Connection = self.request.auth  # type: ignore[assignment]
        return found

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().dispatch(request, *args, **kwargs)
        # Not `auth`: that would ask again where nobody was recognised.
        if isinstance(getattr(self.request, "_auth", None), Connection):
            with organization_scope(self.connection.organization_id):
                caller: Any = self.request.user
                note_request(caller, request, response.status_code)
        return response

    def handle_exception(self, exc: Exception) -> Response:
        error = scim_error(exc, self.get_exception_handler_context())
        if error is None:
            return super().handle_exception(exc)
        headers = getattr(exc, "headers", None) or {}
        return Response(error.model_dump(), status=int(error.status or 400), headers=headers)

    def shown(self, resource: Resource[Any], status: int = 200) -> Response:
        asked = self.asked()
        place = {"Location": str(resource.meta.location)} if status == 201 and resource.meta else None
        shape = Context.RESOURCE_CREATION_RESPONSE if status == 201 else Context.RESOURCE_QUERY_RESPONSE
        return Response(
            resource.model_dump(scim_ctx=shape, response_parameters=asked),
            status=status,
            headers=place,
        )

    def asked(self) -> SearchRequest:
        given = {name: self.request.query_params[name] for name in self.request.query_params}
        return SearchRequest.model_validate(given)

    def listed(self, rows: QuerySet[Any], filters: dict[Any, str], show: Any) -> Response:
        """One page of what the filter finds (RFC 7644, 3.4.2)."""
        asked = self.asked()
        found = filtered(rows, asked.filter, filters).order_by("id")
        start = max(asked.start_index or 1, 1)
        count = (
            resources.MOST_RESULTS
            if asked.count is None
            else max(0, min(asked.count, resources.MOST_RESULTS))
        )
        page = [show(row, self.connection.id) for row in found[start - 1 : start - 1 + count]]
        return self.page_of(page, found.count(), start, asked)

    def page_of(
        self, page: list[Any], total: int, start: int = 1, asked: SearchRequest | None = None
    ) -> Response:
        kinds = {type(each) for each in page} or {resources.User}
        shape: Any = ListResponse[next(iter(kinds))]  # type: ignore[misc]
        body = shape(total_results=total, start_index=start, items_per_page=len(page), resources=page)
        asked = asked or SearchRequest()
        return Response(body.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=asked))

    def given(self, model: type[Resource[Any]], context: Context) -> Any:
        body = as_the_standard_has_it(self.request.data)
        if model is resources.User and isinstance(body, dict):
            body = {"active": True} | body
        return model.model_validate(body, scim_ctx=context)

    def patched(self, resource: Resource[Any]) -> Any:
        shape: Any = PatchOp[type(resource)]  # type: ignore[misc]
        body = as_the_standard_has_it(self.request.data)
        shape.model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(resource, LENIENT)
        return resource


def filtered(rows: QuerySet[Any], text: str | None, filters: dict[Any, str]) -> QuerySet[Any]:
    """Raises Invalid for a filter that we do not understand."""
    if not text:
        return rows
    refused = Invalid(
        [{"loc": ["query", "filter"], "msg": "is not a filter over known attributes", "type": "filter"}]
    )
    if len(text) > LONGEST_FILTER:
        raise refused
    try:
        return rows.filter(get_query(text, filters))
    except Exception as error:
        raise refused from error


def scim_error(exc: Exception, context: dict[str, Any]) -> Error | None:
    """RFC 7644, 3.12. None means an honest crash."""
    if isinstance(exc, SCIMException):
        return exc.to_error()
    if isinstance(exc, ValidationError):
        first = exc.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        kind = "invalidFilter" if first["loc"][:1] == ("filter",) else "invalidValue"
        return Error(status=400, scim_type=kind, detail=f"{place}: {first['msg']}"[:300])
    if isinstance(exc, Http404):
        exc = NotFound()
    if not isinstance(exc, DomainError):
        answer = respond(exc, context)
        if answer is None:
            return None
        return Error(status=answer.status_code, detail=str(answer.data.get("detail", ""))[:300])
    kinds = {"uniqueness": "uniqueness", "owner_stays": "mutability"}
    kind = "invalidFilter" if isinstance(exc, Invalid) else kinds.get(exc.code, "")
    status = 400 if isinstance(exc, Invalid) else exc.status
    return Error(status=status, scim_type=kind or None, detail=exc.message)


def user_values(given: resources.User) -> dict[str, Any]:
    """The columns of an entry; what is absent is forgotten, but an entry is active unless it says otherwise."""
    name = given.name or resources.Name()
    emails = [each.model_dump(exclude_none=True) for each in given.emails or []][:20]
    return {
        "user_name": _short(given.user_name, 254),
        "external_id": _short(given.external_id, 255),
        "is_active": given.active is not False,
        "given_name": _short(name.given_name, 100),
        "family_name": _short(name.family_name, 100),
        "formatted_name": _short(name.formatted, 200),
        "display_name": _short(given.display_name, 200),
        "emails": emails,
    }


def _short(text: str | None, longest: int) -> str | None:
    """Raises Invalid rather than cut: a directory compares what it gets back."""
    if text is not None and (len(text) > longest or "\x00" in text):
        raise Invalid(
            [{"loc": ["body"], "msg": f"a text is longer than {longest} characters", "type": "length"}]
        )
    return text


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
        display_name=_short(given.display_name, 255) or "",
        external_id=_short(given.external_id, 255),
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
