"""Who is at the dashboard's door: a bearer token, an access token or the `session` cookie becomes one Caller."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from audit.upkeep import require_recording
from organizations import access_tokens, sessions
from organizations.admission import account_limit, admission_of, organization_limit
from organizations.limits.models import Plane
from organizations.models import AuthSession, Membership, PersonalAccessToken
from organizations.roles import ACCOUNT, VOCABULARY
from organizations.second_factor import has_second_factor
from organizations.selectors import memberships_of, project_permissions
from organizations.sessions import SignedIn
from organizations.tokens import TokenInvalid, read_access_token
from promptguard.core.caller import Actor, ActorType, Caller, Via
from promptguard.core.errors import Conflict, DomainError, Forbidden, NotFound, Unauthenticated
from promptguard.core.permissions import Permission

SESSION_COOKIE = "session"
ORGANIZATION_HEADER = "X-Organization-Id"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CHALLENGE = {"WWW-Authenticate": "Bearer"}
INVALID_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def give_session_cookie(response: HttpResponseBase, request: HttpRequest, signed_in: SignedIn) -> None:
    """Sign this browser in; with the cookie that its forms have to repeat."""
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.cookie or "",
        max_age=settings.SESSION_ABSOLUTE_DAYS * 86_400,
        httponly=True,
        secure=settings.SECURE_COOKIES,
        samesite="Lax",
    )
    get_token(request)


def take_session_cookie(response: HttpResponseBase) -> None:
    response.delete_cookie(SESSION_COOKIE, samesite="Lax")


class TokenRefused(Unauthenticated):
    code = "invalid_token"
    message = "The access token is not valid or has expired."


class SessionTooOld(Unauthenticated):
    code = "session_expired"
    message = "The session is older, or was idle longer, than your organization allows. Sign in again."


class SecondFactorDemanded(Forbidden):
    code = "second_factor_required"
    message = "This organization requires a second factor: set one up, and sign in with it."


class OrganizationClosing(Conflict):
    code = "organization_closing"
    message = "This organization is being closed; nothing changes until an owner reopens it."


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
            raise TokenRefused(headers=INVALID_TOKEN) from error
        session = sessions.session_by_id(claims.session_id, claims.user_id)
        if session is None:
            raise TokenRefused(headers=INVALID_TOKEN)
        return caller_of(request, session, Via.BEARER), session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer pgp_...`: what the token was made for, as far as its person may still do it."""

    def authenticate(self, request: Request) -> tuple[Caller, PersonalAccessToken] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip().startswith(access_tokens.PREFIX):
            return None
        token = access_tokens.live_access_token(text.strip())
        if token is None:
            raise TokenRefused(headers=INVALID_TOKEN)
        caller = caller_of_token(request, token)
        access_tokens.note_use(token)
        return caller, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def caller_of_token(request: Request, token: PersonalAccessToken) -> Caller:
    """The token's person in the token's organization. Raises NotFound when a request names another one."""
    wanted = wanted_organization(request)
    membership = _membership(memberships_of(token.user_id), token.organization_id)
    if membership is None or wanted not in (None, token.organization_id):
        raise NotFound()
    check_organization(request, membership, has_second_factor=has_second_factor(token.user_id))
    held = frozenset(Permission(each) for each in token.permissions if each in VOCABULARY)
    grants = project_permissions(membership)
    return Caller(
        organization_id=token.organization_id,
        actor=Actor(ActorType.USER, token.user_id, Via.ACCESS_TOKEN),
        permissions=(held & membership.permissions) | {Permission.ACCOUNT_READ},
        origin=request._request.origin,  # type: ignore[attr-defined]
        grants={project_id: granted & held for project_id, granted in grants.items()},
        allow_lists=admission_of(token.organization_id).allow_lists,
        limits=(organization_limit(token.organization_id, Plane.DASHBOARD),),
    )


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
    """The person, acting in the organization that the path or the header names, or in their only one.

    Raises NotFound, SessionTooOld, SecondFactorDemanded, OrganizationClosing.
    """
    memberships = memberships_of(session.user_id)
    if not sessions.is_within_limits(session, memberships, timezone.now()):
        raise SessionTooOld(headers=CHALLENGE)
    sessions.touch(session)
    opened = [each for each in memberships if session.organization_id in (None, each.organization_id)]
    membership = _membership(opened, wanted_organization(request))
    # Doors about the person stay open: that is where a second factor is set up.
    if membership is not None and needs_organization(request):
        check_organization(request, membership, has_second_factor=session.second_factor_at is not None)
    organization_id = membership.organization_id if membership else None
    return Caller(
        organization_id=organization_id,
        actor=Actor(ActorType.USER, session.user_id, via),
        permissions=membership.permissions if membership else ACCOUNT,
        origin=request._request.origin,  # type: ignore[attr-defined]
        session_id=session.id,
        grants=project_permissions(membership) if membership else {},
        allow_lists=admission_of(organization_id).allow_lists if organization_id else (),
        limits=(
            organization_limit(organization_id, Plane.DASHBOARD)
            if organization_id
            else account_limit(session.user_id),
        ),
    )


def _membership(found: list[Membership], wanted: UUID | None) -> Membership | None:
    """The membership in `wanted`, else the only one. A stranger's organization does not exist: NotFound."""
    if wanted is None:
        return found[0] if len(found) == 1 else None
    for membership in found:
        if membership.organization_id == wanted:
            return membership
    raise NotFound()


def needs_organization(request: Request) -> bool:
    return getattr(request.parser_context["view"], "needs_organization", True)


def check_organization(request: Request, membership: Membership, *, has_second_factor: bool) -> None:
    """Raises SecondFactorDemanded; for changes also OrganizationClosing, save at doors that work then; AuditBehind."""
    if membership.demands_second_factor and not has_second_factor:
        raise SecondFactorDemanded()
    if request.method in SAFE_METHODS:
        return
    works = getattr(request.parser_context["view"], "works_while_closing", False)
    if membership.organization.closing_at is not None and not works:
        raise OrganizationClosing()
    require_recording()


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
