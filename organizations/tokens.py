"""The tokens of one device session: a short access JWT (RFC 9068) and a refresh token that works once.

Nothing about a refresh token is stored but its generation: it is a MAC over (session, generation), so a
database dump yields none, and a genuine token of an older generation proves a theft (RFC 9700, 4.14).
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import jwt
from django.conf import settings

ALGORITHM = "HS256"
TYPE = "at+jwt"
REFRESH_PREFIX = "pgr_"
REFRESH_BYTES = 16 + 4 + 32


class TokenInvalid(ValueError):
    """Forged, malformed, expired, or signed by a key that has left the ring."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    user_id: UUID
    session_id: UUID


def issue_access_token(claims: AccessClaims, now: datetime) -> str:
    """An access token that lives `ACCESS_TOKEN_SECONDS`."""
    key_id, key = next(iter(settings.JWT_KEYS.items()))
    payload = {
        "iss": settings.PUBLIC_URL,
        "aud": settings.PUBLIC_URL,
        "sub": str(claims.user_id),
        "sid": str(claims.session_id),
        "iat": now,
        "exp": now + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS),
    }
    return jwt.encode(payload, key, ALGORITHM, headers={"kid": key_id, "typ": TYPE})


def read_access_token(token: str) -> AccessClaims:
    """Verify signature, type, issuer, audience and lifetime. Raises TokenInvalid."""
    try:
        header = jwt.get_unverified_header(token)
        key = settings.JWT_KEYS.get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise TokenInvalid("not an access token of ours")
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=settings.PUBLIC_URL,
            audience=settings.PUBLIC_URL,
            options={"require": ["exp", "iat", "sub", "sid"]},
        )
        return AccessClaims(UUID(payload["sub"]), UUID(payload["sid"]))
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise TokenInvalid("the access token is not valid") from error


def issue_refresh_token(session_id: UUID, generation: int) -> str:
    body = session_id.bytes + generation.to_bytes(4)
    mac = _refresh_mac(next(iter(settings.JWT_KEYS.values())), body)
    return REFRESH_PREFIX + base64.urlsafe_b64encode(body + mac).rstrip(b"=").decode()


def read_refresh_token(token: str) -> tuple[UUID, int]:
    """The session and generation of a genuine token. Raises TokenInvalid."""
    encoded = token.removeprefix(REFRESH_PREFIX)
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenInvalid("not a refresh token") from error
    body, mac = raw[:20], raw[20:]
    if len(raw) != REFRESH_BYTES or not any(
        hmac.compare_digest(_refresh_mac(key, body), mac) for key in settings.JWT_KEYS.values()
    ):
        raise TokenInvalid("not a refresh token of ours")
    return UUID(bytes=body[:16]), int.from_bytes(body[16:])


def _refresh_mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"refresh-token\x00" + body, hashlib.sha256)
