"""Who has been erased, written down outside of the database: a restored backup must not bring anybody back.

One file of signed notes, each of which names its predecessor's hash. It holds identifiers and pseudonyms of
people who are gone, and nothing else about them; it is as secret as a backup is.
"""

import base64
import fcntl
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit.keys import UnusableKeyFile, current_key, signing_keys
from audit.models import DataSubject
from audit.notes import MalformedNote, split
from audit.promptguard_verify import Keyring, split_notes
from audit.verification.keys import keyring
from promptguard.core.canonical import timestamp
from promptguard.core.tenancy import platform_scope

FORMAT = "promptguard/erasure-ledger/v1"
FIRST = bytes(32)
# A person is back where the pseudonym, or the key behind it, lives.
RETURNED = """
SELECT EXISTS (SELECT 1 FROM data_subject WHERE user_id = %s)
    OR EXISTS (SELECT 1 FROM subject_key WHERE destroyed_at IS NULL AND subject_ref = ANY(%s))
"""


class BrokenLedger(ValueError):
    """The ledger was altered, cut at its beginning or in its middle, or signed by somebody else."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person who must stay erased. `refs` are (organization, pseudonym) in each chain that knew the person."""

    request_id: UUID
    user_id: UUID
    refs: tuple[tuple[UUID, str], ...]
    at: str

    def body(self, number: int, previous: bytes) -> str:
        lines = [
            FORMAT,
            str(number),
            base64.b64encode(previous).decode(),
            f"request {self.request_id}",
            f"user {self.user_id}",
            f"time {self.at}",
            *(f"ref {organization_id} {ref}" for organization_id, ref in self.refs),
        ]
        return "\n".join(lines) + "\n"


def note_erasure(*, request_id: UUID, user_id: UUID) -> None:
    """Write down, durably, that a person's erasure has begun and must be repeated after a restore.

    Call it outside of a transaction, once the claim is committed and before any key is destroyed: the pseudonyms
    are looked up here. The same `request_id` a second time adds nothing. Raises UnusableKeyFile, BrokenLedger, OSError.
    """
    path = Path(settings.AUDIT_ERASURE_LEDGER)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        key, notes = current_key(), _without_torn_tail(file)
        if request_id not in {each.request_id for each in _parsed(notes, trusted_keys())}:
            erasure = Erasure(request_id, user_id, _refs(user_id), timestamp(datetime.now(UTC)))
            previous = hashlib.sha256(notes[-1].encode()).digest() if notes else FIRST
            file.write(key.sign(erasure.body(len(notes) + 1, previous)))
            file.flush()
            os.fsync(file.fileno())


def erasures(path: str | None = None) -> list[Erasure]:
    """Everybody in the ledger, oldest first; nobody where there is no file. Raises BrokenLedger, OSError."""
    try:
        text = Path(path or settings.AUDIT_ERASURE_LEDGER).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise BrokenLedger("not a text") from error
    return _parsed(split_notes(text), trusted_keys())


def returned(known: Iterable[Erasure]) -> list[Erasure]:
    """Those of `known` whom this database knows again: their erasure has to be repeated before it serves anybody."""
    with platform_scope(), connection.cursor() as cursor:
        return [each for each in known if _is_back(cursor, each)]


def _is_back(cursor: Any, erasure: Erasure) -> bool:
    cursor.execute(RETURNED, [erasure.user_id, [ref for _organization, ref in erasure.refs]])
    return bool(cursor.fetchone()[0])


def trusted_keys() -> Keyring:
    """The keys on record, and those of this machine's key file: a restored database may not know the newest."""
    try:
        own = [str(key.verifier) for key in signing_keys()]
    except UnusableKeyFile:
        own = []
    return keyring(own)


def _refs(user_id: UUID) -> tuple[tuple[UUID, str], ...]:
    with platform_scope():
        known = DataSubject.all_tenants.filter(user_id=user_id).order_by("organization_id", "subject_ref")
        return tuple(known.values_list("organization_id", "subject_ref"))


def _without_torn_tail(file: TextIO) -> list[str]:
    """The notes in `file`; what a writer that was killed left half-written, nobody has relied on."""
    text = file.read()
    notes: list[str] = split_notes(text)
    if text.startswith("".join(notes)):
        file.truncate(len("".join(notes).encode()))
    return notes


def _parsed(notes: Sequence[str], keys: Keyring) -> list[Erasure]:
    before = [FIRST, *(hashlib.sha256(note.encode()).digest() for note in notes)]
    return [_entry(note, number, before[number - 1], keys) for number, note in enumerate(notes, 1)]


def _entry(note: str, number: int, previous: bytes, keys: Keyring) -> Erasure:
    if keys.signer(note) is None:
        raise BrokenLedger(f"entry {number} is not signed by a key of ours")
    try:
        lines = split(note)[0].rstrip("\n").split("\n")
        facts = [line.split(" ") for line in lines[3:]]
        (_, request_id), (_, user_id), (_, at), *refs = facts
        erasure = Erasure(
            UUID(request_id), UUID(user_id), tuple((UUID(org), ref) for _, org, ref in refs), at
        )
    except (MalformedNote, ValueError) as error:
        raise BrokenLedger(f"entry {number} is malformed") from error
    if erasure.body(number, previous) != "\n".join(lines) + "\n":
        raise BrokenLedger(f"entry {number} does not follow from its predecessor")
    return erasure
