"""What can go wrong, said once: domain errors, and the two envelopes they leave the house in.

The Developer API answers `{"error": {...}}` (contract 1.2); the Dashboard API answers problem details
(RFC 9457). Neither ever repeats what the caller sent.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

# What the framework would say by repeating the value that was sent.
SILENT_MESSAGES = {"invalid_choice": "Is not one of the allowed values."}
log = structlog.get_logger(__name__)


class DomainError(Exception):
    """A rule said no. `code` is stable and machine-readable, `message` is for people."""

    status: int = 400
    code: str = "bad_request"
    type: str = "invalid_request_error"
    message: str = "The request cannot be fulfilled."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.headers = dict(headers or {})
        self.extra = extra
        super().__init__(self.message)


class Unauthenticated(DomainError):
    status, code, type = 401, "not_authenticated", "authentication_error"
    message = "Sign in, or send a valid token."


class Forbidden(DomainError):
    status, code, type = 403, "permission_denied", "permission_error"
    message = "Your role does not allow this."


class NotFound(DomainError):
    status, code, type = 404, "not_found", "not_found_error"
    message = "There is nothing here by that name that you may see."


class Conflict(DomainError):
    status, code, type = 409, "conflict", "conflict_error"
    message = "The request conflicts with the current state."


class TooLarge(DomainError):
    status, code = 413, "request_too_large"
    message = "The request is too large."


class MethodNotAllowed(DomainError):
    status, code = 405, "method_not_allowed"
    message = "This address does not answer to that method; the Allow header names those it does."


class UnsupportedMediaType(DomainError):
    status, code = 415, "unsupported_media_type"
    message = "Send the body as application/json."


class RateLimited(DomainError):
    status, code, type = 429, "rate_limit_exceeded", "rate_limit_error"
    message = "Too many requests. Try again later."


class Unavailable(DomainError):
    status, code, type = 503, "service_unavailable", "service_unavailable_error"
    message = "The service cannot answer now. Try again later."


class Invalid(DomainError):
    """Values that do not fit. `errors` is a list of `{"loc", "msg", "type"}`; no input is ever echoed."""

    status, code = 422, "validation_error"
    message = "Some values are not valid."

    def __init__(self, errors: Sequence[Mapping[str, Any]], message: str | None = None) -> None:
        self.errors = [dict(error) for error in errors]
        if message is None and self.errors:
            first = self.errors[0]
            message = f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
        super().__init__(message)

    @classmethod
    def field(cls, name: str, message: str, kind: str = "value_error") -> "Invalid":
        return cls([{"loc": ["body", name], "msg": message, "type": kind}])


def respond(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The one exception handler (REST_FRAMEWORK["EXCEPTION_HANDLER"]). None means an honest 500."""
    domain = _domain_error(error)
    if domain is None:
        return None
    request = context["request"]
    body, content_type = envelope(domain, request)
    return Response(body, status=domain.status, headers=domain.headers, content_type=content_type)


def envelope(error: DomainError, request: Any) -> tuple[dict[str, Any], str]:
    """Body and content type of `error` on the plane that `request` came in by."""
    request_id = getattr(request, "request_id", "")
    if is_developer_plane(request.path):
        return _developer_body(error, request_id), "application/json"
    return _problem_details(error, request_id), "application/problem+json"


def is_developer_plane(path: str) -> bool:
    return path.startswith("/api/")


def _developer_body(error: DomainError, request_id: str) -> dict[str, Any]:
    inner = {"message": error.message, "type": error.type, "code": error.code, "request_id": request_id}
    body: dict[str, Any] = {"error": inner | error.extra}
    if isinstance(error, Invalid):
        # Published clients read `error`, contract tests read `detail`: both are true (contract 0.6).
        body["detail"] = error.errors
    return body


def _problem_details(error: DomainError, request_id: str) -> dict[str, Any]:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "request_id": request_id,
    }
    if isinstance(error, Invalid):
        body["errors"] = error.errors
    return body | error.extra


def _domain_error(error: Exception) -> DomainError | None:
    match error:
        case DomainError():
            return error
        case Http404() | exceptions.NotFound():
            return NotFound()
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
        case DjangoPermissionDenied() | exceptions.PermissionDenied():
            return Forbidden()
        case RequestDataTooBig():
            return TooLarge("The request body exceeds 1 MB.")
        case exceptions.ValidationError():
            return Invalid(list(_flatten(error.detail, ["body"])))
        case exceptions.ParseError():
            return DomainError("The body is not valid JSON.", code="invalid_json")
        case exceptions.UnsupportedMediaType():
            return UnsupportedMediaType()
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed()
        case exceptions.APIException():
            return _from_framework(error)
    return None


def _from_framework(error: exceptions.APIException) -> DomainError:
    domain = DomainError(str(error.detail), code=str(error.default_code))
    domain.status = error.status_code
    return domain


def _flatten(detail: Any, loc: list[str | int]) -> Any:
    """DRF's nested error details as a flat list in the shape of contract 1.2."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flatten(inner, loc if name == "non_field_errors" else [*loc, name])
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            is_message = isinstance(inner, exceptions.ErrorDetail)
            yield from _flatten(inner, loc if is_message else [*loc, index])
    else:
        code = getattr(detail, "code", "value_error")
        yield {"loc": loc, "msg": SILENT_MESSAGES.get(code, str(detail)), "type": code}


def plain_response(request: HttpRequest, error: DomainError) -> JsonResponse:
    """The same envelopes outside of a DRF view: unknown paths, middleware, crashes."""
    body, content_type = envelope(error, request)
    return JsonResponse(body, status=error.status, headers=error.headers, content_type=content_type)


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    return plain_response(request, NotFound())


def server_error(request: HttpRequest) -> JsonResponse:
    crash = DomainError(
        "Something broke on our side. Quote the request id when you report it.", code="internal_error"
    )
    crash.status, crash.type = 500, "internal_error"
    return plain_response(request, crash)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    too_large = isinstance(exception, RequestDataTooBig)
    return plain_response(request, TooLarge() if too_large else DomainError("The request is malformed."))
