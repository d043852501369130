"""The directory's bearer token becomes a caller that may synchronise one organization, and nothing else."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from organizations.admission import organization_limit
from organizations.limits.models import Plane
from promptguard.core.caller import Actor, ActorType, Caller, Via
from promptguard.core.crypto import token_hash
from promptguard.core.errors import NotFound, Unauthenticated
from promptguard.core.permissions import Permission
from promptguard.core.tenancy import platform_scope
from sso.models import Connection, DirectoryToken
from sso.selectors import connection_of_token, directory_token_by_hash
from sso.services.credentials import note_use


class DirectoryAuthentication(BaseAuthentication):
    """`Authorization: Bearer pgd_...`. Another organization's connection does not exist for it."""

    def authenticate(self, request: Request) -> tuple[Caller, Connection] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip().startswith(DirectoryToken.PREFIX):
            return None
        now = timezone.now()
        with platform_scope():
            token = directory_token_by_hash(token_hash(text.strip()))
            if token is None or not token.is_live(now):
                raise Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
            connection = connection_of_token(token, request.parser_context["kwargs"].get("connection_id"))
            if connection is None:
                raise NotFound()
            note_use(token, now)
        actor = Actor(ActorType.API_KEY, token.id, Via.SSO)
        origin = request._request.origin  # type: ignore[attr-defined]
        permissions = frozenset({Permission.DIRECTORY_SYNC})
        # The provider's cloud calls from addresses of its own: the allow-list is for people and applications.
        limits = (organization_limit(token.organization_id, Plane.DASHBOARD),)
        return Caller(token.organization_id, actor, permissions, origin, limits=limits), connection

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
