"""Exporting a chain as a bundle that anybody can verify with the one file that is inside it."""

import gzip
import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import connection

from audit import promptguard_verify
from audit.keys import UnusableKeyFile, signing_keys
from audit.models import CheckpointRow, Head
from audit.subjects import PrivatePartUnreadable, open_part, part_context, wrapping_context
from audit.verification.chain import epochs_of, prune_records, rows_of
from audit.verification.keys import key_records
from promptguard.core.canonical import timestamp
from promptguard.core.crypto import SealBroken, open_sealed

FORMAT = "promptguard-audit-bundle/1"
EVENTS_PER_FILE = 250_000
PARTS = """
SELECT e.epoch, e.seq, p.part, p.subject_ref, p.salt, p.event_id, p.nonce, p.ciphertext, k.wrapped_dek
FROM audit_private p JOIN (
    SELECT org_id, epoch, seq, event_id FROM audit_event WHERE org_id = %(org)s
    UNION SELECT org_id, epoch, seq, event_id FROM audit_event_held WHERE org_id = %(org)s
) e ON e.event_id = p.event_id AND e.org_id = p.org_id
LEFT JOIN subject_key k ON k.key_id = p.key_id AND k.org_id = p.org_id
WHERE p.org_id = %(org)s ORDER BY 1, 2, 3
"""
LEAVES = """
SELECT event_id, array_agg(encode(leaf_hash, 'hex') ORDER BY position) FROM audit_interaction
WHERE org_id = %s GROUP BY event_id ORDER BY event_id
"""


class BundleWriter:
    """Writes one organization's bundle; call inside `verification.snapshot()`, so that all files agree."""

    def __init__(self, organization_id: UUID, target: IO[bytes] | Path, *, with_private: bool = False) -> None:
        self._organization_id, self._target, self._with_private = organization_id, target, with_private
        self._files: dict[str, str] = {}

    def write(self) -> int:
        """The number of events written. Unsigned where this process has no signing key."""
        with zipfile.ZipFile(self._target, "w", zipfile.ZIP_STORED) as archive, connection.cursor() as cursor:
            self._archive = archive
            count = sum(self._write_events(epoch) for epoch in epochs_of(cursor, self._organization_id))
            self._add("checkpoints.txt", "\n".join(self._notes()).encode())
            self._add("prunes.json", json.dumps(prune_records(self._organization_id)).encode())
            self._add("keys.json", json.dumps(key_records()).encode())
            self._add("interactions.ndjson", b"".join(self._interactions(cursor)))
            if self._with_private:
                self._add("private.ndjson", b"".join(self._private_parts(cursor)))
            self._add("promptguard_verify.py", Path(promptguard_verify.__file__).read_bytes())
            self._sign()
        return count

    def _add(self, name: str, content: bytes) -> None:
        self._files[name] = hashlib.sha256(content).hexdigest()
        self._archive.writestr(name, content)

    def _write_events(self, epoch: int) -> int:
        rows = rows_of(self._organization_id, epoch)
        written = part = 0
        while True:
            lines, count = [], 0
            for row in rows:
                lines.append(_line(row))
                count += 1
                if count == EVENTS_PER_FILE:
                    break
            if count:
                # mtime=0: the same events give the same file.
                self._add(f"events-{epoch}-{part:06d}.tsv.gz", gzip.compress(b"".join(lines), 6, mtime=0))
            written, part = written + count, part + 1
            if count < EVENTS_PER_FILE:
                return written

    def _notes(self) -> Iterator[str]:
        rows = CheckpointRow.all_tenants.filter(organization_id=self._organization_id)
        yield from rows.order_by("epoch", "size", "sealed_at").values_list("note", flat=True)

    def _interactions(self, cursor: Any) -> Iterator[bytes]:
        cursor.execute(LEAVES, [self._organization_id])
        for event_id, leaves in cursor.fetchall():
            yield json.dumps([str(event_id), leaves]).encode() + b"\n"

    def _private_parts(self, cursor: Any) -> Iterator[bytes]:
        cursor.execute(PARTS, {"org": self._organization_id})
        for epoch, seq, part, ref, salt, *sealed in cursor.fetchall():
            values = self._open(ref, part, *sealed)
            line = [epoch, seq, part, ref, bytes(salt).hex(), values]
            yield json.dumps(line, ensure_ascii=False).encode() + b"\n"

    def _open(self, ref: str, part: int, event_id: UUID, nonce: Any, ciphertext: Any, wrapped: Any) -> str | None:
        """The canonical values as text, or None where nobody can open them any more."""
        if wrapped is None:
            return None
        try:
            data_key = open_sealed(bytes(wrapped), wrapping_context(self._organization_id, ref))
            place = part_context(self._organization_id, event_id, part)
            return open_part(data_key, bytes(nonce), bytes(ciphertext), place).decode()
        except (SealBroken, PrivatePartUnreadable):
            return None

    def _sign(self) -> None:
        heads = Head.all_tenants.filter(organization_id=self._organization_id).order_by("epoch")
        manifest = {
            "format": FORMAT,
            "organization": str(self._organization_id),
            "created_at": timestamp(datetime.now(UTC)),
            "heads": [{"epoch": head.epoch, "seq": head.seq, "hash": bytes(head.hash).hex()} for head in heads],
            "files": self._files,
        }
        content = json.dumps(manifest, indent=2).encode()
        self._archive.writestr("manifest.json", content)
        try:
            key = signing_keys()[-1]
        except UnusableKeyFile:
            return
        self._archive.writestr("manifest.note", key.sign(f"{FORMAT}\n{hashlib.sha256(content).hexdigest()}\n"))


def _line(row: tuple[Any, ...]) -> bytes:
    _epoch, seq, sealed_us, _previous, link, leaf, document, *_columns = row
    return b"%d\t%d\t%s\t%s\t%s\n" % (seq, sealed_us, leaf.hex().encode(), link.hex().encode(), document)

