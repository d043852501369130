"""Whether a token is what a provider said to us, now, about this sign-in (OpenID Connect Core 1.0, 3.1.3.7).

mozilla-django-oidc accepts one algorithm and checks neither issuer nor audience; this replaces it.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from sso.discovery import Metadata, keys_of
from sso.models import Connection
from sso.refusals import Reason, SignInRefused

# Asymmetric only: under HS256 the public key, or a secret the customer also knows, would sign.
ALGORITHMS = {
    "RS256": ("RSA", None), "RS384": ("RSA", None), "RS512": ("RSA", None),
    "PS256": ("RSA", None), "PS384": ("RSA", None), "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}  # fmt: skip
LEEWAY = timedelta(seconds=60)
LARGEST_TOKEN = 16_384
SMALLEST_RSA_BITS = 2048
LONGEST_SUBJECT = 255
REASONS: Sequence[tuple[type[jwt.InvalidTokenError], Reason]] = (
    (jwt.ExpiredSignatureError, Reason.EXPIRED),
    (jwt.ImmatureSignatureError, Reason.ISSUED_IN_FUTURE),
    (jwt.InvalidIssuedAtError, Reason.ISSUED_IN_FUTURE),
    (jwt.InvalidIssuerError, Reason.ISSUER_WRONG),
    (jwt.InvalidAudienceError, Reason.AUDIENCE_WRONG),
    (jwt.MissingRequiredClaimError, Reason.CLAIM_MISSING),
    (jwt.InvalidSignatureError, Reason.SIGNATURE_WRONG),
    (jwt.InvalidTokenError, Reason.TOKEN_MALFORMED),
)


def verified_claims(
    connection: Connection, metadata: Metadata, token: Any, required: Sequence[str]
) -> dict[str, Any]:
    """Signature, issuer, audience and times of any token of the provider. Raises SignInRefused."""
    if not isinstance(token, str) or len(token) > LARGEST_TOKEN:
        raise SignInRefused(Reason.TOKEN_MALFORMED)
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS or algorithm not in metadata.algorithms:
        raise SignInRefused(Reason.ALGORITHM_FORBIDDEN, str(algorithm))

    def verify(keys: list[dict[str, Any]]) -> dict[str, Any]:
        key = matching_key(keys, header.get("kid"), algorithm)
        return _decoded(token, key, algorithm, connection, required)

    try:
        return verify(keys_of(connection, metadata))
    except SignInRefused as refused:
        # The provider may have a new key, even under an old name.
        if refused.reason not in (Reason.KEY_UNKNOWN, Reason.SIGNATURE_WRONG):
            raise
    return verify(keys_of(connection, metadata, refresh=True))


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise SignInRefused(Reason.TOKEN_MALFORMED) from error


def matching_key(keys: list[dict[str, Any]], kid: Any, algorithm: str) -> jwt.PyJWK:
    """The one key by kid, algorithm, type and use. Raises SignInRefused: KEY_UNKNOWN, KEY_AMBIGUOUS, KEY_WEAK."""
    kty, curve = ALGORITHMS[algorithm]
    found = [
        key
        for key in keys
        if key.get("kty") == kty
        and (curve is None or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    if len(found) != 1:
        raise SignInRefused(Reason.KEY_AMBIGUOUS if found else Reason.KEY_UNKNOWN)
    try:
        made = jwt.PyJWK(found[0], algorithm)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise SignInRefused(Reason.KEY_UNKNOWN, "the key cannot be read") from error
    if isinstance(made.key, RSAPublicKey) and made.key.key_size < SMALLEST_RSA_BITS:
        raise SignInRefused(Reason.KEY_WEAK)
    return made


def _decoded(
    token: str, key: jwt.PyJWK, algorithm: str, connection: Connection, required: Sequence[str]
) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=connection.issuer,
            audience=connection.client_id,
            leeway=LEEWAY,
            options={"require": list(required)},
        )
    except jwt.InvalidTokenError as error:
        reason = next(reason for kind, reason in REASONS if isinstance(error, kind))
        raise SignInRefused(reason, str(error)) from error
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise SignInRefused(Reason.TOKEN_MALFORMED, type(error).__name__) from error
    return claims


def id_token_claims(
    connection: Connection, metadata: Metadata, token: Any, *, nonce: str, access_token: str, now: datetime
) -> dict[str, Any]:
    """The claims of a good ID token for this very sign-in. Raises SignInRefused."""
    claims = verified_claims(connection, metadata, token, ("iss", "sub", "aud", "exp", "iat"))
    check_subject(claims)
    check_authorized_party(claims, connection.client_id)
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise SignInRefused(Reason.NONCE_WRONG)
    if "at_hash" in claims:
        check_at_hash(claims["at_hash"], access_token, _header(token)["alg"])
    check_strength(connection, claims, now)
    return claims


def check_subject(claims: Mapping[str, Any]) -> None:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\x00" in subject:
        raise SignInRefused(Reason.CLAIMS_INVALID, "sub")


def check_authorized_party(claims: Mapping[str, Any], client_id: str) -> None:
    """With several audiences, or an `azp`, the token must have been made for us (Core 3.1.3.7, 4 and 5)."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise SignInRefused(Reason.AUTHORIZED_PARTY_WRONG)


def check_at_hash(given: Any, access_token: str, algorithm: str) -> None:
    """The access token came with this ID token (Core 3.1.3.6)."""
    digest: Callable[[bytes], Any] = getattr(
        hashlib, f"sha{algorithm[-3:]}" if algorithm != "EdDSA" else "sha512"
    )
    half = digest(access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(half[: len(half) // 2]).rstrip(b"=")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected):
        raise SignInRefused(Reason.AT_HASH_WRONG)


def check_strength(connection: Connection, claims: Mapping[str, Any], now: datetime) -> None:
    """What the organization demands of the sign-in itself: its class, its methods, its age."""
    if connection.required_acr and claims.get("acr") not in connection.required_acr:
        raise SignInRefused(Reason.ACR_INSUFFICIENT)
    methods = claims.get("amr")
    methods = methods if isinstance(methods, list) else []
    if not set(connection.required_amr) <= {each for each in methods if isinstance(each, str)}:
        raise SignInRefused(Reason.AMR_INSUFFICIENT)
    if connection.max_session_minutes:
        at = claims.get("auth_time")
        if not isinstance(at, int | float) or isinstance(at, bool):
            raise SignInRefused(Reason.AUTHENTICATION_TOO_OLD, "auth_time is missing")
        age = now.timestamp() - at
        if age > connection.max_session_minutes * 60 + LEEWAY.total_seconds():
            raise SignInRefused(Reason.AUTHENTICATION_TOO_OLD)
