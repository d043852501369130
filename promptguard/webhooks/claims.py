"""Which deliveries are next: a fair share for each organization and each endpoint, whatever lies in the queue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from promptguard.webhooks.models import BREAKER_THRESHOLD, Endpoint

ENDPOINT_CAP = 4

# `waiting` walks the index from endpoint to endpoint (a loose index scan), so its cost grows with the endpoints that
# have something to send and not with what they have to send. A broken endpoint gets one probe at a time.
CLAIM = """
WITH RECURSIVE waiting AS (
    (SELECT endpoint_id FROM webhooks_delivery WHERE status = 'pending' ORDER BY endpoint_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.endpoint_id FROM webhooks_delivery d
            WHERE d.status = 'pending' AND d.endpoint_id > w.endpoint_id ORDER BY d.endpoint_id LIMIT 1)
    FROM waiting w WHERE w.endpoint_id IS NOT NULL
), flying AS (
    SELECT endpoint_id, organization_id, count(*) AS count FROM webhooks_delivery
    WHERE status = 'pending' AND claim IS NOT NULL AND due_at > %(now)s GROUP BY endpoint_id, organization_id
), room AS (
    SELECT e.id, e.organization_id,
           CASE WHEN e.consecutive_failures >= %(threshold)s THEN 1 ELSE %(endpoint_cap)s END
               - coalesce((SELECT f.count FROM flying f WHERE f.endpoint_id = e.id), 0) AS seats,
           %(organization_cap)s
               - coalesce((SELECT sum(f.count) FROM flying f WHERE f.organization_id = e.organization_id), 0) AS share
    FROM waiting w JOIN webhooks_endpoint e ON e.id = w.endpoint_id
    WHERE e.is_enabled AND (e.paused_until IS NULL OR e.paused_until <= %(now)s)
), candidate AS (
    SELECT d.id, d.due_at, r.share, row_number() OVER (PARTITION BY r.organization_id ORDER BY d.due_at) AS turn
    FROM room r CROSS JOIN LATERAL (
        SELECT id, due_at FROM webhooks_delivery
        WHERE endpoint_id = r.id AND status = 'pending' AND due_at <= %(now)s
        ORDER BY due_at LIMIT greatest(r.seats, 0) FOR UPDATE SKIP LOCKED
    ) d
), next AS (
    SELECT id FROM candidate WHERE turn <= share ORDER BY turn, due_at LIMIT %(limit)s
)
UPDATE webhooks_delivery d SET claim = %(claim)s, due_at = %(until)s
FROM next WHERE d.id = next.id
RETURNING d.id, d.organization_id, d.endpoint_id, d.event_id, d.body, d.attempt_count, d.step
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery that this worker may send until its lease is over."""

    id: UUID
    organization_id: UUID
    endpoint: Endpoint
    event_id: UUID
    body: bytes
    attempt_count: int
    step: int
    claim: UUID

    @property
    def message_id(self) -> str:
        return f"msg_{self.event_id.hex}"


def claim_due(now: datetime, *, limit: int, lease_seconds: float, concurrency: int) -> list[Claimed]:
    """Take up to `limit` due deliveries, in turn over organizations; inside `platform_scope`."""
    token = uuid4()
    values: dict[str, Any] = {
        "now": now,
        "until": now + timedelta(seconds=lease_seconds),
        "claim": token,
        "limit": limit,
        "threshold": BREAKER_THRESHOLD,
        "endpoint_cap": ENDPOINT_CAP,
        # Whoever has a hundred broken endpoints still leaves half of each worker to the others.
        "organization_cap": max(ENDPOINT_CAP, concurrency // 2),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        rows = cursor.fetchall()
    endpoints = Endpoint.all_tenants.in_bulk({row[2] for row in rows}) if rows else {}
    return [
        Claimed(id_, organization, endpoints[endpoint], event, bytes(body), count, step, token)
        for id_, organization, endpoint, event, body, count, step in rows
    ]
