"""People in the chain: a random pseudonym each, and a key each, whose destruction is their erasure.

Erasing means destroying the data key, the salts and the mapping; what stays in the chain are commitments
that nobody can open or guess any more (EDPB 02/2025).
"""

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction

from promptguard.core.canonical import commitment, encoded, parse, simplify
from promptguard.core.crypto import open_sealed, seal
from promptguard.core.database import driver_cursor
from promptguard.core.identifiers import uuid7

# Where a person cannot be named (failed sign-in, an API key's user): one shared subject per organization.
UNIDENTIFIED = UUID(int=0)
REMEMBERED_SECONDS, MOST_REMEMBERED = 60, 10_000

CREATE_SUBJECT = """
WITH subject AS (INSERT INTO data_subject (org_id, user_id, subject_ref) VALUES (%s, %s, %s))
INSERT INTO subject_key (key_id, org_id, subject_ref, wrapped_dek, kek_id) VALUES (%s, %s, %s, %s, %s)
"""
FIND_SUBJECT = """
SELECT s.subject_ref, k.key_id, k.wrapped_dek FROM data_subject s
JOIN subject_key k ON k.org_id = s.org_id AND k.subject_ref = s.subject_ref
WHERE s.org_id = %s AND s.user_id = %s AND k.destroyed_at IS NULL ORDER BY k.key_id LIMIT 1
"""


class PrivatePartUnreadable(ValueError):
    """The part was altered, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Subject:
    ref: str
    key_id: UUID
    data_key: bytes

    def __repr__(self) -> str:
        return f"Subject({self.ref!r})"


Name = tuple[str, UUID, UUID]
# Data keys stay in this process: never in a cache that another machine holds.
_known: dict[Name, tuple[float, Subject]] = {}


def subject(organization_id: UUID, user_id: UUID) -> Subject:
    """The pseudonym and key of a person in one organization, created at first sight."""
    name = (connection.settings_dict["NAME"], organization_id, user_id)
    remembered = _known.get(name)
    if remembered is not None and time.monotonic() < remembered[0]:
        return remembered[1]
    found = _find(organization_id, user_id) or _create(organization_id, user_id)
    # A rolled back transaction must not leave a pseudonym that exists nowhere.
    transaction.on_commit(lambda: _remember(name, found))
    return found


def _remember(name: Name, found: Subject) -> None:
    if len(_known) >= MOST_REMEMBERED:
        _known.clear()
    _known[name] = (time.monotonic() + REMEMBERED_SECONDS, found)


def forget_remembered() -> None:
    _known.clear()


def _find(organization_id: UUID, user_id: UUID) -> Subject | None:
    with driver_cursor() as cursor:
        row = cursor.execute(FIND_SUBJECT, [organization_id, user_id], binary=True).fetchone()
    if row is None:
        return None
    ref, key_id, wrapped = row
    return Subject(ref, key_id, open_sealed(wrapped, wrapping_context(organization_id, ref)))


def _create(organization_id: UUID, user_id: UUID) -> Subject:
    ref, key_id, data_key = secrets.token_hex(16), uuid7(), AESGCM.generate_key(256)
    wrapped = seal(data_key, wrapping_context(organization_id, ref))
    kek_id = next(iter(settings.ENCRYPTION_KEYS))
    with connection.cursor() as cursor:
        cursor.execute(
            CREATE_SUBJECT, [organization_id, user_id, ref, key_id, organization_id, ref, wrapped, kek_id]
        )
    return Subject(ref, key_id, data_key)


def wrapping_context(organization_id: UUID, subject_ref: str) -> bytes:
    return b"audit-subject-key" + organization_id.bytes + subject_ref.encode()


@dataclass(frozen=True, slots=True)
class SealedPart:
    """One person's values in one event: the row of `audit_private` and the commitment for the chain."""

    row: list[Any]
    subject_ref: str
    commitment: str


def seal_part(
    organization_id: UUID, event_id: UUID, part: int, person: Subject, values: Mapping[str, Any]
) -> SealedPart:
    """Encrypt `values` under the person's key and commit to them with a fresh 256-bit salt."""
    document, salt, nonce = encoded(simplify(values)), os.urandom(32), os.urandom(12)
    place = part_context(organization_id, event_id, part)
    ciphertext = AESGCM(person.data_key).encrypt(nonce, document, place)
    row = [organization_id, event_id, part, person.ref, person.key_id, nonce, ciphertext, salt]
    return SealedPart(row, person.ref, commitment(salt, document).hex())


def part_context(organization_id: UUID, event_id: UUID, part: int) -> bytes:
    return organization_id.bytes + event_id.bytes + part.to_bytes(2)


def open_part(data_key: bytes, nonce: bytes, ciphertext: bytes, place: bytes) -> bytes:
    """The canonical bytes of a private part. Raises PrivatePartUnreadable."""
    try:
        return AESGCM(data_key).decrypt(nonce, ciphertext, place)
    except (InvalidTag, ValueError) as error:
        raise PrivatePartUnreadable("altered, or sealed under another key") from error


def opened_values(data_key: bytes, nonce: bytes, ciphertext: bytes, place: bytes) -> dict[str, Any]:
    values: dict[str, Any] = parse(open_part(data_key, nonce, ciphertext, place))
    return values
