"""What a provider publishes: its discovery document and its keys, cached for an hour, stale rather than absent."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.cache import cache

from promptguard.core.http import Answer
from sso.calls import FetchFailed, fetch, url_objection
from sso.models import Connection
from sso.refusals import Reason, SignInRefused

FRESH_SECONDS = 3600
STALE_SECONDS = 86_400
REFRESH_SECONDS = 60
WELL_KNOWN = "/.well-known/openid-configuration"
REQUIRED_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = ("userinfo_endpoint", "end_session_endpoint")
DEFAULT_AUTHENTICATION = ["client_secret_basic"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """The parts of OpenID Connect Discovery 1.0, section 3, that we use, checked."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    algorithms: frozenset[str]
    token_authentication: tuple[str, ...]
    sends_issuer: bool


def metadata_of(connection: Connection) -> Metadata:
    """Raises SignInRefused: DISCOVERY_FAILED, DISCOVERY_INVALID."""
    return checked_metadata(
        connection.issuer, _cached(connection, "discovery", lambda: read_discovery(connection.issuer))
    )


def read_discovery(issuer: str) -> dict[str, Any]:
    return usable(lambda: fetch("GET", issuer.rstrip("/") + WELL_KNOWN), Reason.DISCOVERY_FAILED)


def checked_metadata(issuer: str, document: Mapping[str, Any]) -> Metadata:
    """The document, once it is found to be of `issuer`, with addresses that we may call. Raises SignInRefused."""
    check_issuer(issuer, document)
    places = {name: _endpoint(document, name, required=True) for name in REQUIRED_ENDPOINTS}
    places |= {name: _endpoint(document, name, required=False) for name in OPTIONAL_ENDPOINTS}
    return Metadata(
        issuer=issuer,
        **places,
        algorithms=frozenset(_texts(document, "id_token_signing_alg_values_supported", ["RS256"])),
        token_authentication=tuple(
            _texts(document, "token_endpoint_auth_methods_supported", DEFAULT_AUTHENTICATION)
        ),
        sends_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def check_issuer(issuer: str, document: Mapping[str, Any]) -> None:
    """It must be the configured string exactly (Discovery 4.3). Raises SignInRefused."""
    if (given := document.get("issuer")) != issuer:
        named = repr(given)[:150] if isinstance(given, str) else "none"
        raise SignInRefused(Reason.DISCOVERY_INVALID, f"it is of another issuer: {named}")


def _endpoint(document: Mapping[str, Any], name: str, *, required: bool) -> str:
    value: Any = document.get(name, "")
    if not value and not required:
        return ""
    objection = url_objection(value) if isinstance(value, str) and value else "missing"
    if objection:
        raise SignInRefused(Reason.DISCOVERY_INVALID, f"{name}: {objection}")
    return str(value)


def _texts(document: Mapping[str, Any], name: str, default: list[str]) -> list[str]:
    value = document.get(name, default)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def keys_of(connection: Connection, metadata: Metadata, *, refresh: bool = False) -> list[dict[str, Any]]:
    """The provider's JWK set. `refresh` asks again, at most once a minute. Raises SignInRefused."""
    document = _cached(connection, "keys", lambda: read_keys(metadata.jwks_uri), refresh=refresh)
    keys = document.get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def read_keys(jwks_uri: str) -> dict[str, Any]:
    return usable(lambda: fetch("GET", jwks_uri), Reason.KEYS_UNAVAILABLE)


def usable(call: Callable[[], Answer], reason: Reason) -> dict[str, Any]:
    """The JSON object that a call brings. Raises SignInRefused with `reason`."""
    try:
        answer = call()
    except FetchFailed as error:
        raise SignInRefused(reason, str(error)) from error
    return parsed(answer, reason)


def parsed(answer: Answer, reason: Reason) -> dict[str, Any]:
    """The JSON object in an answer of 200. Raises SignInRefused."""
    if answer.status != 200:
        raise SignInRefused(reason, f"answered with status {answer.status}")
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise SignInRefused(reason, "answered with something that is not JSON") from error
    if not isinstance(document, dict):
        raise SignInRefused(reason, "answered with something that is not a JSON object")
    return document


def _cached(
    connection: Connection, what: str, read: Callable[[], dict[str, Any]], *, refresh: bool = False
) -> dict[str, Any]:
    """Bound to connection and issuer: nobody's provider fills anybody else's cache."""
    name = hashlib.sha256(f"{connection.id}\x00{connection.issuer}".encode()).hexdigest()
    key = f"sso:{what}:{name}"
    stored = orjson.loads(cache.get(key) or b"{}")
    is_fresh = bool(stored) and time.time() - stored["read_at"] < FRESH_SECONDS
    # `add` is the minute's one permission to ask again.
    if is_fresh and not (refresh and cache.add(f"{key}:refreshed", b"1", REFRESH_SECONDS)):
        return dict(stored["document"])
    try:
        document = read()
    except SignInRefused:
        if not stored:
            raise
        return dict(stored["document"])
    cache.set(key, orjson.dumps({"read_at": time.time(), "document": document}), STALE_SECONDS)
    return document


def forget(connection: Connection) -> None:
    """After a change of the connection: the next sign-in reads everything anew."""
    name = hashlib.sha256(f"{connection.id}\x00{connection.issuer}".encode()).hexdigest()
    keys = [f"sso:{what}:{name}" for what in ("discovery", "keys")]
    cache.delete_many([*keys, *(f"{key}:refreshed" for key in keys)])
