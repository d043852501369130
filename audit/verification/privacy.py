"""Private parts: each one present must match its commitment, each one absent must have been erased lawfully."""

from collections import defaultdict
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.promptguard_verify import Report
from audit.subjects import part_context, wrapping_context
from promptguard.core.canonical import commitment
from promptguard.core.crypto import SealBroken, open_sealed
from promptguard.core.database import driver_cursor

PARTS = """
SELECT p.event_id::text, p.part, p.subject_ref, p.nonce, p.ciphertext, p.salt, k.wrapped_dek
FROM audit_private p LEFT JOIN subject_key k ON k.key_id = p.key_id AND k.org_id = p.org_id
WHERE p.org_id = %s AND p.event_id = ANY(%s::uuid[])
"""

Place = tuple[int, int]


class PartsVerifier:
    """Collects what the events promise, some at a time, and compares it with `audit_private`."""

    def __init__(self, organization_id: UUID, report: Report) -> None:
        self._organization_id, self._report = organization_id, report
        self._promised: dict[str, tuple[Place, list[tuple[str, str]]]] = {}
        self._absent: dict[str, list[Place]] = defaultdict(list)
        self._unreadable: dict[str, list[Place]] = defaultdict(list)
        self._cipher = lru_cache(maxsize=1000)(self._unwrap)

    def expect(self, epoch: int, seq: int, event_id: str, parts: list[tuple[str, str]]) -> None:
        self._promised[event_id] = ((epoch, seq), parts)

    def compare(self) -> None:
        """Look up everything promised since the last call."""
        promised, self._promised = self._promised, {}
        if not promised:
            return
        with driver_cursor() as cursor:
            wanted = [self._organization_id, "{" + ",".join(promised) + "}"]
            stored = {(row[0], row[1]): row for row in cursor.execute(PARTS, wanted, binary=True).fetchall()}
        for event_id, (place, parts) in promised.items():
            for number, (subject_ref, promise) in enumerate(parts):
                self._compare_one(place, subject_ref, promise, stored.get((event_id, number)))

    def _compare_one(self, place: Place, subject_ref: str, promise: str, row: tuple[Any, ...] | None) -> None:
        if row is None:
            self._absent[subject_ref].append(place)
            return
        event_id, number, stored_ref, nonce, ciphertext, salt, wrapped = row
        self._report.counts["private"] += 1
        if stored_ref != subject_ref:
            self._altered(place)
            return
        cipher = self._cipher(subject_ref, wrapped) if wrapped is not None else None
        if cipher is None:
            self._unreadable[subject_ref].append(place)
            return
        try:
            document = cipher.decrypt(nonce, ciphertext, part_context(self._organization_id, UUID(event_id), number))
            matches = commitment(salt, document).hex() == promise
        except (InvalidTag, ValueError):
            matches = False
        if not matches:
            self._altered(place)

    def _altered(self, place: Place) -> None:
        self._report.add("private-altered", *place, "a private part is not what the event committed to")

    def _unwrap(self, subject_ref: str, wrapped: bytes) -> AESGCM | None:
        try:
            return AESGCM(open_sealed(wrapped, wrapping_context(self._organization_id, subject_ref)))
        except SealBroken:
            return None

    def explain_missing(self, erased: dict[str, Place]) -> None:
        """Absence is lawful only where a chained `privacy.erased` event names the subject."""
        for subject_ref, places in self._absent.items():
            if subject_ref in erased:
                self._report.counts["erased"] += len(places)
                continue
            for place in places:
                self._report.add(
                    "private-missing-unexplained", *place, "a private part is gone without an erasure"
                )
        for subject_ref, places in self._unreadable.items():
            for place in places if subject_ref not in erased else ():
                self._report.add("private-unreadable", *place, "the key of a private part is not at hand")
