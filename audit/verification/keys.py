"""The public keys on record, and which of them can be trusted."""

from collections.abc import Iterable
from typing import Any

from audit.models import SigningKeyRecord
from audit.notes import VerifierKey, accepts
from audit.promptguard_verify import Keyring


def key_records(using: str = "default") -> list[dict[str, Any]]:
    """The public keys on record, in the form that bundles carry them."""
    return [
        {
            "name": key.name,
            "public": bytes(key.public).hex(),
            "introduction": key.introduction,
            "created": key.created.isoformat(),
            "retired": key.retired and key.retired.isoformat(),
            "revoked": key.revoked and key.revoked.isoformat(),
        }
        for key in SigningKeyRecord.objects.using(using).order_by("created")
    ]


def public_keys(using: str = "default") -> list[str]:
    """The text form of each key on record, oldest first."""
    return [str(VerifierKey(record["name"], bytes.fromhex(record["public"]))) for record in key_records(using)]


def keyring(pinned: Iterable[str] = ()) -> Keyring:
    """Each key is trusted because it is pinned or through its predecessor's signature."""
    return Keyring(key_records(), list(pinned), check=accepts)
