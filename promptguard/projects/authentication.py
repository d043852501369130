"""Who is at the Developer API's door: an API key becomes one Caller (contract 0.2)."""

from uuid import UUID

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from audit.upkeep import require_recording
from organizations.admission import admission_of, organization_limit
from organizations.limits.models import Plane
from promptguard.core.caller import Actor, ActorType, Caller, Via
from promptguard.core.crypto import same, token_hash
from promptguard.core.errors import Unauthenticated
from promptguard.core.ratelimit import Limit
from promptguard.projects.keys import parse_key
from promptguard.projects.models import ApiKey
from promptguard.projects.scopes import permissions_of
from promptguard.projects.selectors import api_key_by_public_id
from promptguard.projects.services import note_use


class MissingApiKey(Unauthenticated):
    code = "missing_api_key"
    message = "No API key: provide one via X-API-Key header."


class InvalidApiKey(Unauthenticated):
    code = "invalid_api_key"
    message = "The API key is not valid."


class ExpiredApiKey(Unauthenticated):
    code = "expired_api_key"
    message = "The API key has expired."


class RevokedApiKey(Unauthenticated):
    code = "revoked_api_key"
    message = "The API key was deleted or switched off, or its organization is being closed."


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key` wins; else a bearer token that is one of our keys. With both, that is the provider's."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey]:
        text = request.headers.get("X-API-Key", "").strip() or _bearer(request)
        if not text:
            raise MissingApiKey(headers=CHALLENGE)
        key = recognise(text)
        return caller_of(request, key), key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE["WWW-Authenticate"]


CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def recognise(text: str) -> ApiKey:
    """The live key that `text` is. Raises InvalidApiKey, ExpiredApiKey, RevokedApiKey.

    The last two are told apart only for whoever holds the whole secret.
    """
    parsed = parse_key(text)
    key = api_key_by_public_id(parsed.public_id) if parsed else None
    given = token_hash(text)
    is_current = key is not None and same(bytes(key.secret_hash), given)
    is_previous = key is not None and same(bytes(key.previous_secret_hash or b""), given)
    if key is None or not (is_current or is_previous):
        raise InvalidApiKey(headers=CHALLENGE)
    now = timezone.now()
    if key.revoked_at or not key.is_active or key.organization.closing_at:
        raise RevokedApiKey(headers=CHALLENGE)
    if key.has_expired(now) or not (is_current or key.still_takes_previous(now)):
        raise ExpiredApiKey(headers=CHALLENGE)
    note_use(key, now)
    return key


def caller_of(request: Request, key: ApiKey) -> Caller:
    """The application behind a key. Raises AuditBehind: each of its calls leaves a record."""
    require_recording()
    project_id: UUID | None = key.project_id
    own_networks = (tuple(key.allowed_cidrs),) if key.allowed_cidrs else ()
    return Caller(
        organization_id=key.organization_id,
        actor=Actor(ActorType.API_KEY, key.id, Via.API_KEY),
        permissions=permissions_of(key.scopes),
        origin=request._request.origin,  # type: ignore[attr-defined]
        project_id=project_id,
        allow_lists=admission_of(key.organization_id).allow_lists + own_networks,
        limits=(organization_limit(key.organization_id, Plane.DEVELOPER), *limit_of(key)),
    )


def limit_of(key: ApiKey) -> tuple[Limit, ...]:
    if key.rate_limit_per_minute is None:
        return ()
    per_minute = key.rate_limit_per_minute
    return (Limit("key", str(key.organization_id), f"key:{key.id}", per_minute, per_minute),)
