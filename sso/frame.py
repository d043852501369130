"""mozilla-django-oidc as the frame: state, nonce, PKCE, single use and `next` are its; what decides is ours.

As shipped it takes its settings from one deployment-wide place, matches people by address and logs into Django's
own session, which here opens the operators' console. Each of these is replaced below (sso-design, section 1).
"""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from organizations.models import User
from organizations.sessions import SignedIn
from promptguard.core.caller import Origin
from promptguard.core.crypto import SealBroken, token_hash
from sso.calls import fetch
from sso.discovery import Metadata, metadata_of, usable
from sso.exchange import ask_token_endpoint
from sso.identities import plain_address
from sso.models import Connection
from sso.models.connections import Provider
from sso.providers import SCOPES
from sso.refusals import Reason, SignInRefused
from sso.services.linking import PENDING, pending_link
from sso.services.sign_in import Evidence, receive
from sso.tokens import id_token_claims

STATE_SECONDS = 600
LONGEST_PARAMETER = 4096
STATES = "oidc_states"
# The frame asks for these once for the whole deployment; what differs by connection is not among them.
FRAME_SETTINGS: dict[str, Any] = {
    "OIDC_USE_PKCE": True,
    "OIDC_PKCE_CODE_CHALLENGE_METHOD": "S256",
    # Reversed by the frame and then overruled by each connection's own `redirect_uri`.
    "OIDC_AUTHENTICATION_CALLBACK_URL": "dashboard:sso-discover",
}


def callback_url(slug: str) -> str:
    return str(settings.PUBLIC_URL) + reverse("dashboard:sso-callback", args=[slug])


class PerConnection:
    """The frame's settings hook, as a method of an instance that knows its connection."""

    connection: Connection

    def get_settings(self, name: str, *default: Any) -> Any:
        if name == "OIDC_RP_SCOPES":
            return SCOPES[Provider(self.connection.provider)]
        return FRAME_SETTINGS[name] if name in FRAME_SETTINGS else default[0]


class AuthorizationRequest(PerConnection, OIDCAuthenticationRequestView):
    """The way to the provider, with the connection bound to the state."""

    def __init__(self, connection: Connection) -> None:
        View.__init__(self)
        self.connection, metadata = connection, metadata_of(connection)
        self.OIDC_OP_AUTH_ENDPOINT = metadata.authorization_endpoint
        self.OIDC_RP_CLIENT_ID = connection.client_id

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        extra = {"redirect_uri": callback_url(self.connection.organization.slug)}
        if self.connection.required_acr:
            extra["acr_values"] = " ".join(self.connection.required_acr)
        if self.connection.max_session_minutes:
            extra["max_age"] = str(self.connection.max_session_minutes * 60)
        if hint := request.GET.get("login_hint", ""):
            extra["login_hint"] = hint[:254]
        return extra

    def start(self, request: HttpRequest) -> HttpResponseRedirect:
        location: str = self.get(request).url
        if "?" in self.OIDC_OP_AUTH_ENDPOINT:
            location = location.replace(self.OIDC_OP_AUTH_ENDPOINT + "?", self.OIDC_OP_AUTH_ENDPOINT + "&", 1)
        state = parse_qs(urlsplit(location).query)["state"][-1]
        request.session[STATES][state] |= {
            "connection": str(self.connection.id),
            "next": request.session.pop("oidc_login_next", None),
        }
        request.session.modified = True
        return HttpResponseRedirect(location)


@dataclass
class Arrival:
    """One callback on its way through the frame; `signed_in` is what came of it."""

    connection: Connection
    metadata: Metadata
    origin: Origin
    signed_in: SignedIn | None = None


class Callback(PerConnection, OIDCAuthenticationCallbackView):
    """The way back. Everything that is wrong raises SignInRefused; Django's own login is never called."""

    def __init__(self, connection: Connection, origin: Origin) -> None:
        View.__init__(self)
        self.connection, self.origin = connection, origin

    def finish(self, request: HttpRequest) -> tuple[SignedIn, str]:
        """The session and where the person wanted to go ("" for nowhere). Raises SignInRefused."""
        for name, values in request.GET.lists():
            if len(values) > 1 or len(values[0]) > LONGEST_PARAMETER or "\x00" in values[0]:
                raise SignInRefused(Reason.ANSWER_INVALID, name[:20])
        self.request = request
        entry = self._claim_state(request)
        metadata = metadata_of(self.connection)
        self._check_issuer(request, metadata)
        if "error" in request.GET:
            request.session[STATES].pop(request.GET["state"])
            raise SignInRefused(Reason.PROVIDER_REFUSED, request.GET["error"])
        if "code" not in request.GET:
            raise SignInRefused(Reason.ANSWER_INVALID, "code")
        request.sso_arrival = Arrival(self.connection, metadata, self.origin)  # type: ignore[attr-defined]
        signed_in: SignedIn = self.get(request)
        return signed_in, entry.get("next") or ""

    def _claim_state(self, request: HttpRequest) -> dict[str, Any]:
        """This browser's own state, made for this connection, not older than ten minutes, used by nobody else."""
        state = request.GET.get("state", "")
        entry = request.session.get(STATES, {}).get(state)
        if entry is None:
            raise SignInRefused(Reason.STATE_UNKNOWN)
        if entry.get("connection") != str(self.connection.id):
            raise SignInRefused(Reason.CONNECTION_MISMATCH)
        if time.time() - entry["added_on"] > STATE_SECONDS:
            raise SignInRefused(Reason.STATE_EXPIRED)
        if not cache.add(f"sso:state:{token_hash(state).hex()}", b"1", STATE_SECONDS):
            raise SignInRefused(Reason.STATE_UNKNOWN, "used by a parallel request")
        return dict(entry)

    def _check_issuer(self, request: HttpRequest, metadata: Metadata) -> None:
        """RFC 9207: the answer says whose it is, against mix-up between providers."""
        given = request.GET.get("iss")
        if given != metadata.issuer and (given is not None or metadata.sends_issuer):
            raise SignInRefused(Reason.ISSUER_PARAMETER_WRONG)

    def login_success(self) -> Any:
        return self.request.sso_arrival.signed_in  # type: ignore[attr-defined]

    def login_failure(self) -> Any:
        raise SignInRefused(Reason.STATE_UNKNOWN)


class ConnectionBackend(PerConnection, OIDCAuthenticationBackend):
    """Trades the code for tokens and the tokens for a session. Listed in AUTHENTICATION_BACKENDS for the frame."""

    def __init__(self) -> None:
        """Nothing to read: Django makes an instance whenever anybody authenticates anywhere."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        arrival: Arrival | None = getattr(request, "sso_arrival", None)
        if arrival is None:
            return None
        self.arrival, self.connection = arrival, arrival.connection
        self.OIDC_RP_CLIENT_ID = self.connection.client_id
        try:
            self.OIDC_RP_CLIENT_SECRET = self.connection.secret
        except SealBroken as error:
            raise SignInRefused(Reason.SECRET_UNREADABLE) from error
        user: User | None = super().authenticate(request, **credentials)
        return user

    def get_token(self, payload: dict[str, Any]) -> dict[str, Any]:
        payload["redirect_uri"] = callback_url(self.connection.organization.slug)
        client_id, secret = payload.pop("client_id"), payload.pop("client_secret")
        metadata = self.arrival.metadata
        answer = usable(
            lambda: ask_token_endpoint(metadata, client_id, secret, payload), Reason.TOKEN_REQUEST_FAILED
        )
        if (
            not isinstance(answer.get("access_token"), str)
            or str(answer.get("token_type")).lower() != "bearer"
        ):
            raise SignInRefused(Reason.TOKEN_REQUEST_FAILED, "no bearer token in the answer")
        self.access_token = answer["access_token"]
        return answer

    def verify_token(self, token: Any, **kwargs: Any) -> dict[str, Any]:
        return id_token_claims(
            self.connection,
            self.arrival.metadata,
            token,
            nonce=kwargs["nonce"],
            access_token=self.access_token,
            now=timezone.now(),
        )

    def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What the provider says beyond the ID token; about the same subject, or nothing counts (Core 5.3.2)."""
        endpoint = self.arrival.metadata.userinfo_endpoint
        if not endpoint:
            return {}
        if not access_token.isprintable():
            raise SignInRefused(Reason.USERINFO_FAILED, "the access token is malformed")
        headers = {"Authorization": f"Bearer {access_token}"}
        claims = usable(lambda: fetch("GET", endpoint, headers=headers), Reason.USERINFO_FAILED)
        if claims.get("sub") != payload["sub"]:
            raise SignInRefused(Reason.SUBJECT_MISMATCH)
        return claims

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> User:
        claims = self.get_userinfo(access_token, id_token, payload) | payload
        try:
            self.arrival.signed_in = receive(
                connection=self.connection, evidence=Evidence(claims, id_token), origin=self.arrival.origin
            )
        except SignInRefused as refused:
            if refused.reason is Reason.LINK_NEEDS_PROOF:
                pending = pending_link(self.connection, claims["sub"], plain_address(claims["email"]))
                self.request.session[PENDING] = pending
            raise
        return self.arrival.signed_in.user
