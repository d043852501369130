"""Who is at the dashboard's door: a bearer token or the `session` cookie becomes one Caller."""

from typing import Any
from uuid import UUID

from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from organizations import sessions
from organizations.models import AuthSession, Membership
from organizations.roles import ACCOUNT, permissions_of
from organizations.selectors import memberships_of
from organizations.tokens import TokenInvalid, read_access_token
from promptguard.core.caller import Actor, ActorType, Caller, Via
from promptguard.core.errors import DomainError, NotFound, Unauthenticated

SESSION_COOKIE = "session"
ORGANIZATION_HEADER = "X-Organization-Id"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class TokenRefused(Unauthenticated):
    code = "invalid_token"
    message = "The access token is not valid or has expired."


class CsrfFailed(DomainError):
    status, code, type = 403, "csrf_failed", "permission_error"
    message = "Send the csrftoken cookie's value in the X-CSRFToken header."


class OrganizationMismatch(DomainError):
    code = "organization_mismatch"
    message = "The X-Organization-Id header names another organization than the path."


class MalformedOrganization(DomainError):
    code = "invalid_organization_id"
    message = "The X-Organization-Id header is not a UUID."


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`."""

    def authenticate(self, request: Request) -> tuple[Caller, AuthSession] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            claims = read_access_token(token.strip())
        except TokenInvalid as error:
            raise TokenRefused(headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}) from error
        session = sessions.session_by_id(claims.session_id, claims.user_id)
        if session is None:
            raise TokenRefused(headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return caller_of(request, session, Via.BEARER), session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionCookieAuthentication(BaseAuthentication):
    """The `session` cookie; changes need the CSRF token too, since browsers send cookies unasked."""

    def authenticate(self, request: Request) -> tuple[Caller, AuthSession] | None:
        cookie = request.COOKIES.get(SESSION_COOKIE)
        session = sessions.session_by_cookie(cookie) if cookie else None
        if session is None:
            return None
        if request.method not in SAFE_METHODS:
            enforce_csrf(request)
        return caller_of(request, session, Via.SESSION), session


def enforce_csrf(request: Request) -> None:
    """Raises CsrfFailed. The header may be spelled X-CSRFToken or X-CSRF-Token."""
    meta = request._request.META
    meta.setdefault("HTTP_X_CSRFTOKEN", meta.get("HTTP_X_CSRF_TOKEN", ""))
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
    check.process_request(request._request)
    if check.process_view(request._request, None, (), {}):  # type: ignore[arg-type]
        raise CsrfFailed()


def caller_of(request: Request, session: AuthSession, via: Via) -> Caller:
    """The person, acting in the organization that the path or the header names, or in their only one."""
    sessions.touch(session)
    wanted = wanted_organization(request)
    membership = _membership([each for each in memberships_of(session.user_id) if session.opens(each)], wanted)
    return Caller(
        organization_id=membership.organization_id if membership else None,
        actor=Actor(ActorType.USER, session.user_id, via),
        permissions=permissions_of(membership.role) if membership else ACCOUNT,
        origin=request._request.origin,  # type: ignore[attr-defined]
        session_id=session.id,
    )


def _membership(found: list[Membership], wanted: UUID | None) -> Membership | None:
    """The membership in `wanted`, else the only one. A stranger's organization does not exist: NotFound."""
    if wanted is None:
        return found[0] if len(found) == 1 else None
    for membership in found:
        if membership.organization_id == wanted:
            return membership
    raise NotFound()


def wanted_organization(request: Request) -> UUID | None:
    """The path names it; the header may only agree. Raises OrganizationMismatch, MalformedOrganization."""
    in_path: UUID | None = _path_arguments(request).get("organization_id")
    text = request.headers.get(ORGANIZATION_HEADER, "").strip()
    if not text:
        return in_path
    try:
        in_header = UUID(text)
    except ValueError as error:
        raise MalformedOrganization() from error
    if in_path is not None and in_path != in_header:
        raise OrganizationMismatch()
    return in_header


def _path_arguments(request: Request) -> dict[str, Any]:
    context: dict[str, Any] = request.parser_context
    kwargs: dict[str, Any] = context["kwargs"]
    return kwargs
