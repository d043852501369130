"""Signing in, on and out, and the devices that are signed in."""

from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from organizations import selectors, sessions, throttles
from organizations.authentication import enforce_csrf, give_session_cookie, take_session_cookie
from organizations.models import User
from organizations.serializers.accounts import Credentials, Me, Proof, RefreshIn, SessionOut, TokenPair
from organizations.views.doors import AccountView, origin
from promptguard.core.permissions import Permission as P
from promptguard.core.views import PublicView, TenantView


class SignInView(PublicView, reason="Signing in is how one gets a caller."):
    """Sign in: a bearer pair in the body, and the `session` cookie."""

    takes = {"POST": Credentials}
    gives = {"POST": TokenPair}

    def post(self, request: Request) -> Response:
        refuse_cross_site(request)
        given = self.body()
        throttles.spend_sign_in(given["email"], origin(request).ip)
        signed_in = sessions.sign_in(origin=origin(request), **given)
        response = self.answer(token_pair(signed_in))
        give_session_cookie(response, request._request, signed_in)
        return response


class RefreshView(PublicView, reason="A refresh token is its own proof, and works once."):
    """Exchange a refresh token for a new pair."""

    takes = {"POST": RefreshIn}
    gives = {"POST": TokenPair}

    def post(self, request: Request) -> Response:
        return self.answer(token_pair(sessions.refresh(origin=origin(request), **self.body())))


class ReauthenticationView(AccountView):
    """Prove once more who you are, for what asks for a fresh proof: good for 5 minutes on this session."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    takes = {"POST": Proof}

    def post(self, request: Request) -> Response:
        throttles.PROOF_BY_USER.spend(self.caller.user_id)
        sessions.renew_authentication(caller=self.caller, **self.body())
        return self.answer()


class SignOutView(TenantView):
    """End this session."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    needs_organization = False

    def post(self, request: Request) -> Response:
        sessions.sign_out(caller=self.caller)
        response = self.answer()
        take_session_cookie(response)
        return response


class MeView(TenantView):
    """Who am I, where do I belong, and what may I do there."""

    permissions = {"GET": P.ACCOUNT_READ}
    gives = {"GET": Me}
    needs_organization = False

    def get(self, request: Request) -> Response:
        user_id = self.caller.person
        return self.answer(
            {
                "user": User.objects.get(id=user_id),
                "memberships": selectors.memberships_of(user_id),
                "organization_id": self.caller.organization_id,
                "permissions": sorted(self.caller.permissions),
            }
        )


class SessionList(TenantView):
    """The devices I am signed in on; DELETE signs every other one out."""

    permissions = {"GET": P.ACCOUNT_MANAGE, "DELETE": P.ACCOUNT_MANAGE}
    gives = {"GET": SessionOut}
    needs_organization = False
    lists = True

    def get(self, request: Request) -> Response:
        return self.page(selectors.sessions_of(self.caller))

    def delete(self, request: Request) -> Response:
        sessions.revoke_other_sessions(caller=self.caller)
        return self.answer()


class SessionDetail(TenantView):
    """Sign one of my devices out."""

    permissions = {"DELETE": P.ACCOUNT_MANAGE}
    needs_organization = False

    def delete(self, request: Request, session_id: UUID) -> Response:
        sessions.revoke_session(caller=self.caller, session_id=session_id)
        return self.answer()


def refuse_cross_site(request: Request) -> None:
    """Login CSRF: another site must not sign its visitor in to an account of its choosing."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site" or request.headers.get("Origin") == "null":
        enforce_csrf(request)


def token_pair(signed_in: sessions.SignedIn) -> dict[str, Any]:
    return {
        "access_token": signed_in.access_token,
        "refresh_token": signed_in.refresh_token,
        "token_type": "Bearer",
        "expires_in": settings.ACCESS_TOKEN_SECONDS,
    }
