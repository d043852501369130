"""What every door of SCIM shares: the directory's token, the media type, the log, and lists."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from scim2_models import Context, ListResponse, PatchOp, Resource, ScimPolicy, SearchRequest

from promptguard.core.errors import Invalid
from promptguard.core.parsers import BoundedParser
from promptguard.core.tenancy import organization_scope
from promptguard.core.views import TenantView
from sso.models import Connection
from sso.scim import resources
from sso.scim.dialects import as_the_standard_has_it
from sso.scim.errors import scim_error
from sso.scim.filters import filtered
from sso.scim.requestlog import note_request

MEDIA_TYPE = "application/scim+json"
# Entra adds `emails[type eq "work"].value` to people who have no such address yet.
LENIENT = ScimPolicy(unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create)


class ScimParser(BoundedParser):
    media_type = MEDIA_TYPE


class ScimRenderer(JSONRenderer):
    media_type = MEDIA_TYPE


class ScimView(TenantView, abstract=True):
    """Everything between the directory's token and a resource."""

    plane = "scim"
    parser_classes = [ScimParser, BoundedParser]
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
        body = as_the_standard_has_it(self.request.data, model)
        if model is resources.User and isinstance(body, dict):
            body = {"active": True} | body
        return model.model_validate(body, scim_ctx=context)

    def patched(self, resource: Resource[Any]) -> Any:
        shape: Any = PatchOp[type(resource)]  # type: ignore[misc]
        body = as_the_standard_has_it(self.request.data, type(resource))
        if body is None and self.request.data:
            return resource
        shape.model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(resource, LENIENT)
        return resource


def bounded(text: str | None, longest: int) -> str | None:
    """Raises Invalid rather than cut: a directory compares what it gets back."""
    if text is not None and (len(text) > longest or "\x00" in text):
        raise Invalid(
            [{"loc": ["body"], "msg": f"a text is longer than {longest} characters", "type": "length"}]
        )
    return text
