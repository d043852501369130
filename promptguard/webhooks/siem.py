"""SIEM push: an endpoint that follows the sealed chain by cursor, in batches, in the formats of the pull API.

There is nothing to queue and nothing to lose: the chain is the queue, and the cursor moves only after a 2xx, or when
a syslog receiver has ended the connection as it should. Two workers at once send the same batch under the same
`webhook-id`, and one of them moves the cursor.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from audit.formats import FORMATS, StreamRecord
from audit.models import AuditEvent, CheckpointRow
from audit.sealing import microseconds
from promptguard.core import metrics
from promptguard.core.http import Outbound, outbound
from promptguard.core.jobs.running import stopping
from promptguard.core.syslog import is_syslog
from promptguard.core.tenancy import platform_scope
from promptguard.webhooks.models import Endpoint
from promptguard.webhooks.sending import transmit, transmit_lines
from promptguard.webhooks.settling import note_health

BATCH = 500


def push_due(*, clock: Callable[[], datetime] = timezone.now, client: Outbound | None = None) -> int:
    """One batch to each endpoint that lags behind its chain; how many were sent."""
    client = client or outbound()
    with platform_scope():
        awake = Q(paused_until__isnull=True) | Q(paused_until__lte=clock())
        followers = list(
            Endpoint.all_tenants.filter(awake, kind=Endpoint.Kind.SIEM, is_enabled=True).order_by("id")
        )
    return sum(push(endpoint, clock, client) for endpoint in followers if not stopping.is_set())


def push(endpoint: Endpoint, clock: Callable[[], datetime], client: Outbound) -> int:
    """The next batch to one endpoint, if there is any; 1 when something was sent."""
    with platform_scope():
        records = _records_after(endpoint)
        notes = _newest_note(endpoint, records)
    if not records:
        return 0
    chosen, last = FORMATS[endpoint.format], records[-1]
    lines = [*(chosen.event(record) for record in records), *map(chosen.checkpoint, notes)]
    if is_syslog(endpoint.url):
        outcome = transmit_lines(endpoint, lines, client, clock())
    else:
        name = f"batch_{endpoint.id.hex}_{records[0].epoch}_{records[0].seq}_{last.epoch}_{last.seq}"
        outcome = transmit(endpoint, name, "".join(lines).encode(), chosen.media_type, client, clock())
    metrics.WEBHOOK_ATTEMPTS.labels(outcome.outcome).inc()
    with platform_scope():
        row = Endpoint.all_tenants.select_for_update(no_key=True).filter(id=endpoint.id).first()
        if row is None:
            return 1
        if outcome.is_success and (row.cursor_epoch, row.cursor_seq) == (
            endpoint.cursor_epoch,
            endpoint.cursor_seq,
        ):
            row.cursor_epoch, row.cursor_seq = last.epoch, last.seq
            row.save(update_fields=["cursor_epoch", "cursor_seq"])
        note_health(row, [outcome], clock())
    return 1


def _records_after(endpoint: Endpoint) -> Sequence[StreamRecord]:
    """Sealed events beyond the cursor, oldest first."""
    beyond = Q(epoch__gt=endpoint.cursor_epoch) | Q(epoch=endpoint.cursor_epoch, seq__gt=endpoint.cursor_seq)
    rows = AuditEvent.all_tenants.filter(beyond, organization_id=endpoint.organization_id)
    return [
        StreamRecord(
            endpoint.organization_id,
            row.epoch,
            row.seq,
            microseconds(row.sealed_at),
            bytes(row.prev_hash).hex(),
            bytes(row.hash).hex(),
            bytes(row.canonical),
        )
        for row in rows.order_by("epoch", "seq")[:BATCH]
    ]


def _newest_note(endpoint: Endpoint, records: Sequence[StreamRecord]) -> list[str]:
    """The last checkpoint that this batch completes: with it the receiver knows where its copy must not end before."""
    if not records:
        return []
    last = records[-1]
    rows = CheckpointRow.all_tenants.filter(
        organization_id=endpoint.organization_id,
        epoch=last.epoch,
        size__lte=last.seq,
        size__gt=endpoint.cursor_seq if endpoint.cursor_epoch == last.epoch else 0,
    )
    return list(rows.order_by("-size", "-sealed_at").values_list("note", flat=True)[:1])
