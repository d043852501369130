"""The dashboard's doors about accounts and organizations."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.middleware.csrf import get_token
from rest_framework.request import Request
from rest_framework.response import Response

from organizations import selectors, services, sessions
from organizations.authentication import SESSION_COOKIE, enforce_csrf
from organizations.models import User
from organizations.serializers import (
    Credentials,
    InvitationIn,
    InvitationOut,
    Me,
    MemberOut,
    OrganizationChanges,
    OrganizationIn,
    OrganizationOut,
    RefreshIn,
    SignUp,
    TokenPair,
    UserOut,
)
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import platform_scope
from promptguard.core.views import PublicView, TenantView


class SignUpView(PublicView, reason="Nobody has an account before signing up."):
    """Create an account."""

    takes = {"POST": SignUp}
    gives = {"POST": UserOut}
    statuses = {"POST": 201}

    def post(self, request: Request) -> Response:
        return self.answer(sessions.sign_up(origin=origin(request), **self.body()))


class SignInView(PublicView, reason="Signing in is how one gets a caller."):
    """Sign in: a bearer pair in the body, and the `session` cookie."""

    takes = {"POST": Credentials}
    gives = {"POST": TokenPair}

    def post(self, request: Request) -> Response:
        refuse_cross_site(request)
        signed_in = sessions.sign_in(origin=origin(request), **self.body())
        response = self.answer(token_pair(signed_in))
        response.set_cookie(
            SESSION_COOKIE,
            signed_in.cookie or "",
            max_age=settings.SESSION_ABSOLUTE_DAYS * 86_400,
            httponly=True,
            secure=settings.SECURE_COOKIES,
            samesite="Lax",
        )
        get_token(request._request)
        return response


class RefreshView(PublicView, reason="A refresh token is its own proof, and works once."):
    """Exchange a refresh token for a new pair."""

    takes = {"POST": RefreshIn}
    gives = {"POST": TokenPair}

    def post(self, request: Request) -> Response:
        return self.answer(token_pair(sessions.refresh(origin=origin(request), **self.body())))


class SignOutView(TenantView):
    """End this session."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    needs_organization = False

    def post(self, request: Request) -> Response:
        sessions.sign_out(caller=self.caller)
        response = self.answer()
        response.delete_cookie(SESSION_COOKIE, samesite="Lax")
        return response


class MeView(TenantView):
    """Who am I, where do I belong, and what may I do there."""

    permissions = {"GET": P.ACCOUNT_MANAGE}
    gives = {"GET": Me}
    needs_organization = False

    def get(self, request: Request) -> Response:
        user_id = self.caller.actor.id
        assert user_id is not None
        return self.answer(
            {
                "user": User.objects.get(id=user_id),
                "memberships": selectors.memberships_of(user_id),
                "organization_id": self.caller.organization_id,
                "permissions": sorted(self.caller.permissions),
            }
        )


class OrganizationList(TenantView):
    """The organizations I belong to; create another."""

    permissions = {"GET": P.ACCOUNT_MANAGE, "POST": P.ACCOUNT_MANAGE}
    takes = {"POST": OrganizationIn}
    gives = {"GET": OrganizationOut, "POST": OrganizationOut}
    statuses = {"POST": 201}
    needs_organization = False
    lists = True

    def get(self, request: Request) -> Response:
        assert self.caller.user_id is not None
        with platform_scope():
            return self.page(selectors.organizations_of(self.caller.user_id))

    def post(self, request: Request) -> Response:
        return self.answer(services.create_organization(caller=self.caller, **self.body()))


class OrganizationDetail(TenantView):
    permissions = {"GET": P.ORGANIZATION_READ, "PATCH": P.ORGANIZATION_WRITE}
    takes = {"PATCH": OrganizationChanges}
    gives = {"GET": OrganizationOut, "PATCH": OrganizationOut}

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(self.one(selectors.organization_of(self.caller)))

    def patch(self, request: Request, organization_id: UUID) -> Response:
        organization = self.one(selectors.organization_of(self.caller))
        changed = services.update_organization(caller=self.caller, organization=organization, **self.body())
        return self.answer(changed)


class MemberList(TenantView):
    """Who belongs to the organization, and as what."""

    permissions = {"GET": P.MEMBER_READ}
    gives = {"GET": MemberOut}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.members(self.caller))


class InvitationList(TenantView):
    """Open invitations; invite somebody by address."""

    permissions = {"GET": P.INVITATION_READ, "POST": P.INVITATION_WRITE}
    takes = {"POST": InvitationIn}
    gives = {"GET": InvitationOut, "POST": InvitationOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.open_invitations(self.caller))

    def post(self, request: Request, organization_id: UUID) -> Response:
        invitation, _ = services.invite(caller=self.caller, **self.body())
        return self.answer(invitation)


def origin(request: Request) -> Any:
    return request._request.origin  # type: ignore[attr-defined]


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
