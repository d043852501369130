"""Ending sessions together with the provider: asked by us (RP-initiated) or by it (back-channel)."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import AuthSession
from organizations.sessions import sign_out
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.core.crypto import SealBroken, token_hash
from promptguard.core.tenancy import platform_scope
from sso.discovery import metadata_of
from sso.models import Connection, SsoSession
from sso.refusals import Reason, SignInRefused
from sso.selectors import sso_session_of
from sso.tokens import LARGEST_TOKEN, check_subject, verified_claims

EVENT = "http://schemas.openid.net/event/backchannel-logout"
REPLAY_SECONDS = 3600


def end_session(*, caller: Caller) -> str:
    """Sign out here; the URL at the provider that ends the session there too, or "" when there is none."""
    with platform_scope():
        found = sso_session_of(caller.session_id)
        organization = found.connection.organization if found else None
    sign_out(caller=caller)
    if found is None or organization is None:
        return ""
    try:
        endpoint, hint = metadata_of(found.connection).end_session_endpoint, found.id_token
    except (SignInRefused, SealBroken):
        return ""
    if not endpoint:
        return ""
    landing = settings.PUBLIC_URL + reverse("dashboard:sso-logout", args=[organization.slug])
    parameters = {"client_id": found.connection.client_id, "post_logout_redirect_uri": landing}
    if len(hint) < LARGEST_TOKEN:
        parameters["id_token_hint"] = hint
    return endpoint + ("&" if "?" in endpoint else "?") + urlencode(parameters)


def receive_logout(*, connection: Connection, token: Any, origin: Origin) -> int:
    """End the sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0, 2.6).

    Returns how many. Raises SignInRefused.
    """
    claims = verified_claims(connection, metadata_of(connection), token, ("iss", "aud", "iat", "jti"))
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict) or "nonce" in claims:
        raise SignInRefused(Reason.LOGOUT_TOKEN_INVALID)
    subject, provider_session = claims.get("sub"), claims.get("sid")
    if subject is None and not (isinstance(provider_session, str) and provider_session):
        raise SignInRefused(Reason.LOGOUT_TOKEN_INVALID, "neither sub nor sid")
    if subject is not None:
        check_subject(claims)
    if timezone.now().timestamp() - claims["iat"] > REPLAY_SECONDS:
        raise SignInRefused(Reason.EXPIRED)
    seen = f"sso:logout:{connection.id}:{token_hash(str(claims['jti'])).hex()}"
    if not cache.add(seen, b"1", 2 * REPLAY_SECONDS):
        raise SignInRefused(Reason.LOGOUT_TOKEN_REPLAYED)
    return _end(connection, subject, provider_session, origin)


def _end(connection: Connection, subject: str | None, provider_session: Any, origin: Origin) -> int:
    caller = Caller(connection.organization_id, Actor(ActorType.SYSTEM, None, Via.SSO), origin=origin)
    with platform_scope():
        rows = SsoSession.objects.for_caller(caller).filter(
            connection=connection, session__revoked_at__isnull=True
        )
        if subject is not None:
            rows = rows.filter(identity__subject=subject, identity__issuer=connection.issuer)
        if isinstance(provider_session, str) and provider_session:
            rows = rows.filter(provider_session=provider_session)
        found = list(rows.select_related("identity"))
        sessions = AuthSession.objects.filter(id__in=[row.session_id for row in found])
        sessions.update(revoked_at=timezone.now())
        targets = [Target("session", row.session_id) for row in found]
        record(Action.AUTHENTICATION_SSO_SIGNED_OUT, caller=caller, targets=targets)
    return len(found)
