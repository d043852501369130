"""The keys that sign checkpoints: private halves in one file of the sequencer's, public halves on record.

Each key after the first is introduced by its predecessor's signature, so that a verifier who pins one key
follows every rotation, and a key that somebody slipped into the table is worth nothing.
"""

import base64
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from audit.actions import Action
from audit.notes import ED25519, SigningKey, VerifierKey
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.tenancy import platform_scope

PRIVATE = "PRIVATE+KEY+"
INSERT_KEY = (
    "INSERT INTO audit_key (key_id, name, public, introduction, created) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (key_id) DO NOTHING"
)


class UnusableKeyFile(RuntimeError):
    """The file of signing keys is missing, malformed, or readable by others."""


def key_name() -> str:
    return f"{settings.AUDIT_ORIGIN}/audit"


def signing_keys() -> list[SigningKey]:
    """All keys of the file, oldest first; the last one signs. Raises UnusableKeyFile."""
    path = Path(settings.AUDIT_SIGNING_KEYS)
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UnusableKeyFile("the file of signing keys must be readable by its owner only (mode 0600)")
        keys = [_parse(line) for line in path.read_text().split("\n") if line]
    except OSError as error:
        raise UnusableKeyFile(f"the file of signing keys cannot be read: {error.strerror}") from error
    if not keys:
        raise UnusableKeyFile("the file of signing keys is empty")
    return keys


def current_key() -> SigningKey:
    """The key that signs now; the very first start makes one. Raises UnusableKeyFile."""
    if not Path(settings.AUDIT_SIGNING_KEYS).exists():
        key = _generate()
        _write(key)
        _register(key, introduced_by=key)
    return signing_keys()[-1]


def rotate(caller: Caller) -> VerifierKey:
    """Make a new key, introduced by the old one, retire the old one and say so in the platform's chain."""
    old, new = current_key(), _generate()
    now = datetime.now(UTC)
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        _register(new, introduced_by=old)
        _write(new)
        cursor.execute("UPDATE audit_key SET retired = %s WHERE key_id = %s", [now, old.verifier.id.hex()])
    with platform_scope():
        details = {"old": str(old.verifier), "new": str(new.verifier)}
        record(Action.AUDIT_KEY_ROTATED, caller=caller, details=details)
    return new.verifier


def revoke(key_id: str, caller: Caller, reason: str) -> None:
    """Declare a key stolen: what it signed counts only as far as it was anchored before. Raises LookupError."""
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute("UPDATE audit_key SET revoked = %s WHERE key_id = %s", [datetime.now(UTC), key_id])
        if cursor.rowcount != 1:
            raise LookupError("no such key")
    with platform_scope():
        record(Action.AUDIT_KEY_ROTATED, caller=caller, details={"revoked": key_id}, reason=reason)


def register_known_keys() -> None:
    """Put the public halves of the key file, if there is one, on record: a backup knows nothing of later rotations.

    Raises UnusableKeyFile.
    """
    keys = signing_keys() if Path(settings.AUDIT_SIGNING_KEYS).exists() else []
    for old, new in zip([*keys[:1], *keys], keys, strict=False):
        _register(new, introduced_by=old)


def introduction(new: VerifierKey, by: SigningKey) -> str:
    return by.sign(f"{new.name}/keys\n{new}\n")


def _generate() -> SigningKey:
    return SigningKey(key_name(), os.urandom(32))


def _register(key: SigningKey, introduced_by: SigningKey) -> None:
    verifier = key.verifier
    row: list[Any] = [verifier.id.hex(), verifier.name, verifier.public]
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(INSERT_KEY, [*row, introduction(verifier, introduced_by), datetime.now(UTC)])


def _write(key: SigningKey) -> None:
    path = Path(settings.AUDIT_SIGNING_KEYS)
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = base64.b64encode(ED25519 + key.seed).decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as file:
        file.write(f"{PRIVATE}{key.name}+{key.verifier.id.hex()}+{seed}\n")
        file.flush()
        os.fsync(file.fileno())


def _parse(line: str) -> SigningKey:
    if not line.startswith(PRIVATE):
        raise UnusableKeyFile("not a signing key")
    name, key_id, encoded = line.removeprefix(PRIVATE).split("+", 2)
    key = SigningKey(name, base64.b64decode(encoded)[1:])
    if key.verifier.id.hex() != key_id:
        raise UnusableKeyFile("a signing key is damaged")
    return key
