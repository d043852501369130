"""Secrets: sealed with AES-256-GCM under a named key, or hashed when they only need to be recognised.

Fernet has no associated data, so a ciphertext could be moved between organizations; here the caller binds
it to its place (`associated`), and opening it anywhere else fails.
"""

import hashlib
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = b"\x01"
NONCE_BYTES = 12


class SealBroken(ValueError):
    """The ciphertext was altered, moved to another place, or its key is not in the keyring."""


def seal(plaintext: bytes, associated: bytes) -> bytes:
    """Encrypt under the current key: version, length of key id, key id, nonce, ciphertext with tag."""
    key_id, key = next(iter(settings.ENCRYPTION_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    name = key_id.encode()
    header = VERSION + bytes([len(name)]) + name
    return header + nonce + AESGCM(key).encrypt(nonce, plaintext, header + associated)


def open_sealed(sealed: bytes, associated: bytes) -> bytes:
    """Undo `seal`. Raises SealBroken."""
    if len(sealed) < 2 or sealed[:1] != VERSION:
        raise SealBroken("not a sealed value")
    header, rest = sealed[: 2 + sealed[1]], sealed[2 + sealed[1] :]
    key = settings.ENCRYPTION_KEYS.get(header[2:].decode(errors="replace"))
    if key is None:
        raise SealBroken("sealed under a key that is not in the keyring")
    try:
        return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], header + associated)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("altered, or moved to another place") from error


def random_token(nbytes: int = 32) -> str:
    """URL-safe text with 8 × `nbytes` bits of randomness."""
    return secrets.token_urlsafe(nbytes)


def token_hash(token: str) -> bytes:
    """SHA-256 of a token that is itself random: a slow hash would add nothing (sso-design, section 2)."""
    return hashlib.sha256(token.encode()).digest()


def same(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)
