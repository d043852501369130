"""OpenAPI 3.1 of both planes, and a page of our own static files to browse them."""

from functools import cache
from typing import Any, ClassVar

from django.template.response import TemplateResponse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.views import PublicView

ABOUT = {
    "developer": "What applications call with an API key: guard, scan, redact, and their own configuration.",
    "dashboard": "What people and automation call: organizations, projects, keys, the log and the audit chain.",
}
PREFIXES = {"developer": "/api/v1/", "dashboard": "/dashboard/"}


class OpenApi(PublicView, reason="The API's description is public, like its documentation."):
    """The OpenAPI 3.1 document of one plane."""

    plane: ClassVar[str] = "developer"

    def get(self, request: Request) -> Response:
        return Response(openapi(self.plane))


@cache
def openapi(plane: str) -> dict[str, Any]:
    generator = SchemaGenerator(title=f"PromptGuard {plane.title()} API")
    document: dict[str, Any] = generator.get_schema(public=True)
    document["info"] = {
        "title": f"PromptGuard {plane.title()} API",
        "version": "1",
        "description": ABOUT[plane],
    }
    prefix = PREFIXES[plane]
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if path.startswith(prefix) and not path.startswith("/api/v1/proxy")
    }
    document.setdefault("components", {})["securitySchemes"] = SECURITY[plane]
    document["security"] = [{name: []} for name in SECURITY[plane]]
    return document


SECURITY: dict[str, dict[str, Any]] = {
    "developer": {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
    "dashboard": {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "session": {"type": "apiKey", "in": "cookie", "name": "session"},
    },
}


class ApiDocs(PublicView, reason="Documentation, from our own static files."):
    """A page to browse both documents."""

    def get(self, request: Request) -> Any:
        return TemplateResponse(request._request, "core/api_docs.html")
