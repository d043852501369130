"""Handing the global note to somebody whom a rewriter of our database cannot reach.

A sink that fails never blocks anything: the note waits as `pending`, and its age is a metric and a finding.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.db import connections

from audit.anchors.file import FileSink
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)

PENDING = "SELECT id, global_size, note FROM audit_anchor WHERE sink = %s AND status = 'pending' ORDER BY global_size"
LEAVES = """
SELECT org_id, note, salt, global_index FROM audit_checkpoint
WHERE global_index >= coalesce((SELECT max(global_size) FROM audit_anchor WHERE sink = %s AND status = 'published'), 0)
  AND global_index < %s ORDER BY global_index
"""
SETTLE = "UPDATE audit_anchor SET status = %s, receipt = %s, attempts = attempts + 1, published_at = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class AnchorRecord:
    """What is handed over: the global note, and the tenants' notes that joined since the sink's last record."""

    global_size: int
    note: str
    leaves: Sequence[dict[str, Any]]
    keys: Sequence[str]

    def line(self) -> bytes:
        fields = {"size": self.global_size, "note": self.note, "leaves": list(self.leaves), "keys": list(self.keys)}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class AnchorSink(Protocol):
    name: str

    def publish(self, record: AnchorRecord) -> bytes:
        """Keep the record where we cannot change it; returns the receipt. Any exception means: try again."""


def configured_sinks() -> dict[str, AnchorSink]:
    """The sinks that the settings name; their packages are imported only then."""
    sinks: list[AnchorSink] = []
    if settings.AUDIT_ANCHOR_FILE:
        sinks.append(FileSink(settings.AUDIT_ANCHOR_FILE))
    if settings.AUDIT_ANCHOR_S3_BUCKET:
        from audit.anchors.s3 import ObjectLockSink

        sinks.append(ObjectLockSink(settings.AUDIT_ANCHOR_S3_BUCKET, settings.AUDIT_ANCHOR_S3_DAYS))
    if settings.AUDIT_TSA_URL:
        from audit.anchors.timestamping import TimestampSink

        sinks.append(TimestampSink(settings.AUDIT_TSA_URL, settings.AUDIT_TSA_ROOTS))
    return {sink.name: sink for sink in sinks}


def publish_anchors(sinks: dict[str, AnchorSink]) -> dict[str, int]:
    """Hand every waiting note to its sink, oldest first; sink name -> number of notes that were taken."""
    return {name: _publish(sink) for name, sink in sinks.items()}


def _publish(sink: AnchorSink) -> int:
    from audit.verification.keys import public_keys

    taken = 0
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(PENDING, [sink.name])
        for anchor_id, size, note in cursor.fetchall():
            cursor.execute(LEAVES, [sink.name, size])
            leaves = [
                {"org": str(org), "note": text, "salt": bytes(salt).hex(), "index": index}
                for org, text, salt, index in cursor.fetchall()
            ]
            if not _settle(cursor, sink, anchor_id, AnchorRecord(size, note, leaves, public_keys("sequencer"))):
                break
            taken += 1
    return taken


def _settle(cursor: Any, sink: AnchorSink, anchor_id: int, record: AnchorRecord) -> bool:
    try:
        receipt = sink.publish(record)
    except Exception as error:  # noqa: BLE001  a sink is somebody else's machine: whatever it does, we go on
        log.warning("audit_anchor_failed", sink=sink.name, error=type(error).__name__)
        cursor.execute(SETTLE, ["pending", b"", None, anchor_id])
        return False
    cursor.execute(SETTLE, ["published", receipt, datetime.now(UTC), anchor_id])
    return True
