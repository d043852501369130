"""The doors of a sign-in. Whatever goes wrong looks the same from outside; the reason goes to the audit log."""

from typing import Any

import structlog
from django.conf import settings
from django.http import HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from audit.actions import Action, Outcome
from audit.services import record
from organizations.authentication import give_session_cookie, take_session_cookie
from organizations.serializers.accounts import TokenPair
from promptguard.core.caller import Origin, anonymous_caller
from promptguard.core.errors import RateLimited
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import platform_scope
from promptguard.core.views import PublicView, TenantView
from sso import frame, selectors
from sso.models import Connection
from sso.refusals import Reason, SignInRefused
from sso.serializers import DiscoverIn, DiscoverOut, LinkIn, LinkOut, LogoutOut
from sso.services import linking, logout, pairs
from sso.throttles import CALLBACK, DISCOVER, START

log = structlog.get_logger(__name__)
UNIFORM = "Single sign-on needs doors that are open to people who have no session yet."


def origin(request: Request) -> Origin:
    found: Origin = request._request.origin  # type: ignore[attr-defined]
    return found


class SignInView(PublicView, reason=UNIFORM):
    """One refusal for everything: no session, the same page and status; never a crash."""

    connection: Connection | None = None

    def connect(self, slug: str) -> Connection:
        """Raises SignInRefused for an organization without an active connection."""
        self.connection = selectors.connection_by_slug(slug)
        if self.connection is None:
            raise SignInRefused(Reason.CONNECTION_UNKNOWN)
        return self.connection

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, RateLimited | MethodNotAllowed):
            return super().handle_exception(exc)
        if not isinstance(exc, SignInRefused):
            log.error("sso.unexpected", exc_info=exc)
            exc = SignInRefused(Reason.UNEXPECTED, type(exc).__name__)
        self.note(exc)
        return self.refusal(exc)

    def note(self, refused: SignInRefused) -> None:
        organization_id = self.connection.organization_id if self.connection else None
        with platform_scope():
            record(
                Action.AUTHENTICATION_SSO_REFUSED,
                caller=anonymous_caller(origin(self.request), organization_id),
                outcome=Outcome.DENIED,
                details={"reason": refused.reason, "detail": refused.detail},
            )

    def refusal(self, refused: SignInRefused) -> Any:
        shown = {"message": refused.message, "request_id": origin(self.request).request_id}
        return page(self.request, "sso/refused.html", shown, 403)


def page(request: Request, template: str, shown: dict[str, Any], status: int = 200) -> TemplateResponse:
    response = TemplateResponse(request._request, template, shown, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


class AuthorizeView(SignInView, reason=UNIFORM):
    """Start single sign-on: to the organization's provider, with PKCE."""

    def get(self, request: Request, slug: str) -> HttpResponseBase:
        START.spend(origin(request).ip)
        response = frame.AuthorizationRequest(self.connect(slug)).start(request._request)
        response.headers["Cache-Control"] = "no-store"
        return response


class CallbackView(SignInView, reason=UNIFORM):
    """The way back from the provider: the `session` cookie, and the page that the person wanted."""

    def get(self, request: Request, slug: str) -> HttpResponseBase:
        CALLBACK.spend(origin(request).ip)
        callback = frame.Callback(self.connect(slug), origin(request))
        signed_in, wanted = callback.finish(request._request)
        response = HttpResponseRedirect(wanted if is_ours(wanted) else reverse("dashboard:sso-signed-in"))
        give_session_cookie(response, request._request, signed_in)
        response.headers["Cache-Control"] = "no-store"
        return response


def is_ours(url: str) -> bool:
    """A path of this host: an open redirect would make our sign-in vouch for somebody else's page."""
    return (
        url.startswith("/") and url.isprintable() and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    )


class SignedInView(
    PublicView, reason="A static page; what it shows comes from the session cookie's own door."
):
    """Where a sign-in ends that started nowhere in particular."""

    def get(self, request: Request) -> HttpResponseBase:
        return page(request, "sso/signed_in.html", {})


class DiscoverView(PublicView, reason="People type their address before they have a session."):
    """Where an address signs in. It depends on the domain alone: nobody learns who has an account."""

    takes = {"POST": DiscoverIn}
    gives = {"POST": DiscoverOut}

    def get(self, request: Request) -> HttpResponseBase:
        return page(request, "sso/discover.html", {})

    def post(self, request: Request) -> Response:
        DISCOVER.spend(origin(request).ip)
        with platform_scope():
            connection = selectors.authority_over(self.body()["email"])
        if connection is None:
            return self.answer({"method": "password", "authorize_url": None})
        path = reverse("dashboard:sso-authorize", args=[connection.organization.slug])
        return self.answer({"method": "sso", "authorize_url": settings.PUBLIC_URL + path})


class PairView(TenantView):
    """The bearer pair of this browser's single sign-on: once, within five minutes."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    gives = {"POST": TokenPair}
    needs_organization = False

    def post(self, request: Request) -> Response:
        pair = pairs.take_pair(caller=self.caller)
        return self.answer(pair | {"token_type": "Bearer", "expires_in": settings.ACCESS_TOKEN_SECONDS})


class LinkView(TenantView):
    """Link my account to the provider's identity that was just refused in this browser, with my password."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    takes = {"POST": LinkIn}
    gives = {"POST": LinkOut}
    needs_organization = False

    def post(self, request: Request) -> Response:
        pending = request._request.session.pop(linking.PENDING, None)
        return self.answer(linking.link_identity(caller=self.caller, pending=pending, **self.body()))


class LogoutView(PublicView, reason="The provider sends browsers back here after they signed out there."):
    """Signed out here and at the provider."""

    def get(self, request: Request, slug: str) -> HttpResponseBase:
        return page(request, "sso/signed_out.html", {})


class EndSessionView(TenantView):
    """Sign out here, and learn where to sign out at the provider."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    gives = {"POST": LogoutOut}
    needs_organization = False

    def post(self, request: Request) -> Response:
        response = self.answer({"logout_url": logout.end_session(caller=self.caller)})
        take_session_cookie(response)
        return response


class BackchannelView(SignInView, reason="The provider signs what it sends."):
    """The provider ends sessions (OpenID Connect Back-Channel Logout 1.0)."""

    parser_classes = [FormParser]

    def post(self, request: Request, slug: str) -> Response:
        CALLBACK.spend(origin(request).ip)
        connection, form = self.connect(slug), request.data
        token = form.get("logout_token") if isinstance(form, dict) else None
        logout.receive_logout(connection=connection, token=token, origin=origin(request))
        return Response(status=200, headers={"Cache-Control": "no-store"})

    def refusal(self, refused: SignInRefused) -> Response:
        """The specification's own form (2.8), and as uniform as the others."""
        return Response({"error": "invalid_request"}, status=400, headers={"Cache-Control": "no-store"})
