"""Trying a connection step by step, and saying of each failure what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from django.utils import timezone

from promptguard.core.crypto import SealBroken
from promptguard.core.http import Answer
from promptguard.core.tenancy import organization_scope
from sso.calls import FetchFailed, fetch
from sso.discovery import WELL_KNOWN, Metadata, check_issuer, checked_metadata, parsed, read_keys
from sso.exchange import ask_token_endpoint
from sso.frame import callback_url
from sso.models import Connection
from sso.providers import issuer_objection
from sso.refusals import Reason, SignInRefused
from sso.selectors import last_identity
from sso.tokens import ALGORITHMS, LEEWAY


@dataclass(frozen=True, slots=True)
class Step:
    """`explanation` says what was found, and after a failure what to change."""

    step: str
    ok: bool
    explanation: str


def diagnose(connection: Connection) -> list[Step]:
    """Every step up to the first that makes the next ones pointless. Calls out: not inside a transaction."""
    return list(_steps(connection))


def _steps(connection: Connection) -> Iterator[Step]:
    yield (stored := _secret(connection))
    if objection := issuer_objection(connection.issuer):
        yield Step("issuer", False, f"This cannot be an issuer: {objection}.")
        return
    try:
        answer = fetch("GET", connection.issuer.rstrip("/") + WELL_KNOWN)
        document = parsed(answer, Reason.DISCOVERY_FAILED)
        check_issuer(connection.issuer, document)
    except FetchFailed as error:
        yield Step("discovery", False, f"The discovery document was not read: {error}. Check the issuer.")
        return
    except SignInRefused as refused:
        yield Step("discovery", False, f"The discovery document is not usable: {refused.detail}.")
        return
    yield Step("discovery", True, "The discovery document names the configured issuer.")
    yield _clock(answer, timezone.now())
    try:
        metadata = checked_metadata(connection.issuer, document)
    except SignInRefused as refused:
        yield Step(
            "endpoints", False, f"An address in the discovery document is of no use: {refused.detail}."
        )
        return
    yield Step("endpoints", True, "Every address in the discovery document is public https.")
    yield _algorithms(metadata.algorithms)
    yield _keys(metadata.jwks_uri)
    if stored.ok:
        yield _token_endpoint(connection, metadata)
    yield _userinfo(metadata.userinfo_endpoint)
    yield _logout(metadata.end_session_endpoint)
    yield _sign_in(connection)


def _secret(connection: Connection) -> Step:
    try:
        told = (
            "A client secret is stored."
            if connection.secret
            else "No client secret: a public client with PKCE."
        )
        return Step("secret", True, told)
    except SealBroken:
        return Step("secret", False, "The stored client secret cannot be opened. Enter it again.")


def _clock(answer: Answer, now: datetime) -> Step:
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
        apart = abs((theirs - now).total_seconds())
    except (KeyError, ValueError, TypeError):
        return Step("clock", True, "The provider does not tell its time.")
    if apart > LEEWAY.total_seconds():
        return Step(
            "clock", False, f"The clocks are {apart:.0f} s apart, more than 60: check NTP on both sides."
        )
    return Step("clock", True, f"The clocks are {apart:.0f} s apart.")


def _algorithms(algorithms: frozenset[str]) -> Step:
    usable = sorted(algorithms & set(ALGORITHMS))
    if not usable:
        return Step(
            "algorithms", False, "The provider offers no asymmetric signature. Choose RS256 or ES256 there."
        )
    return Step("algorithms", True, f"ID tokens may be signed with {', '.join(usable)}.")


def _keys(jwks_uri: str) -> Step:
    try:
        keys = read_keys(jwks_uri).get("keys")
    except SignInRefused as refused:
        return Step("keys", False, f"The keys were not read: {refused.detail}.")
    types = {kty for kty, _ in ALGORITHMS.values()}
    usable = (
        [key for key in keys if isinstance(key, dict) and key.get("kty") in types]
        if isinstance(keys, list)
        else []
    )
    if not usable:
        return Step("keys", False, "The key set holds no public RSA, EC or Ed25519 key.")
    return Step("keys", True, f"{len(usable)} public keys.")


def _token_endpoint(connection: Connection, metadata: Metadata) -> Step:
    """A code that cannot be good: a provider that knows the client says `invalid_grant` (RFC 6749, 5.2)."""
    payload = {
        "grant_type": "authorization_code",
        "code": "none",
        "redirect_uri": callback_url(connection.organization.slug),
        "code_verifier": "x" * 43,
    }
    try:
        answer = ask_token_endpoint(metadata, connection.client_id, connection.secret, payload)
    except FetchFailed as error:
        return Step("token_endpoint", False, f"The token endpoint does not answer: {error}.")
    if answer.status == 401 or b'"invalid_client"' in answer.body:
        return Step("token_endpoint", False, "The provider does not accept this client id with this secret.")
    if answer.status >= 500 or answer.status == 404:
        return Step("token_endpoint", False, f"The token endpoint fails with status {answer.status}.")
    return Step("token_endpoint", True, "The token endpoint answers, and objects to the test's code only.")


def _userinfo(url: str) -> Step:
    if not url:
        return Step("userinfo", True, "The provider has none: the ID token must carry the address.")
    try:
        status = fetch("GET", url).status
    except FetchFailed as error:
        return Step("userinfo", False, f"The userinfo endpoint does not answer: {error}.")
    if status >= 500:
        return Step("userinfo", False, f"The userinfo endpoint fails with status {status}.")
    return Step("userinfo", True, "The userinfo endpoint answers.")


def _logout(endpoint: str) -> Step:
    told = (
        "Signing out here can sign out there too."
        if endpoint
        else "The provider offers no logout; ours ends here."
    )
    return Step("logout", True, told)


def _sign_in(connection: Connection) -> Step:
    with organization_scope(connection.organization_id):
        last = last_identity(connection)
    if last is None or last.last_sign_in_at is None:
        return Step("sign_in", False, "Nobody has signed in yet: open `authorize_url` in a browser to try.")
    return Step("sign_in", True, f"The last sign-in succeeded at {last.last_sign_in_at:%Y-%m-%d %H:%M} UTC.")
