"""Events that the chain writes itself (pruned, restored, interactions sealed) have no transaction to hang on.

They are found in the sealed chain instead: what an endpoint wants and has no delivery of yet gets one. A worker that
was away finds them when it is back, within WINDOW.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from audit.envelope import Envelope
from promptguard.core.caller import system_caller
from promptguard.core.jobs.broker import ring
from promptguard.core.tenancy import platform_scope
from promptguard.webhooks.catalogue import CHAIN_EVENTS, ROUTINE
from promptguard.webhooks.fanout import DELIVER
from promptguard.webhooks.models import EVERY_EVENT, Delivery
from promptguard.webhooks.payloads import body_of

WINDOW = timedelta(days=3)
BATCH = 500
# What an endpoint wants comes first, so that nobody reads the routine events of tenants who did not ask for them.
UNTOLD = """
SELECT a.canonical, e.id
FROM webhooks_endpoint e
CROSS JOIN LATERAL (
    SELECT type FROM unnest(%(types)s::varchar[]) AS type
    WHERE type = ANY(e.event_types) OR split_part(type, '.', 1) || '.*' = ANY(e.event_types)
       OR type <> %(routine)s AND (e.event_types = '{}' OR %(every)s = ANY(e.event_types))
) wanted
JOIN audit_event a ON a.org_id = e.organization_id AND a.event_type = wanted.type
    AND a.sealed_at > %(since)s AND a.sealed_at > e.created_at
WHERE e.is_enabled AND e.kind = 'webhook' AND e.project_id IS NULL
  AND NOT EXISTS (SELECT FROM webhooks_delivery d WHERE d.endpoint_id = e.id AND d.event_id = a.event_id)
ORDER BY a.sealed_at LIMIT %(batch)s
"""


def follow(now: datetime) -> int:
    """Write the deliveries that are missing; how many, at most BATCH."""
    # Deliveries that the log has forgotten must not look like missing ones.
    window = min(WINDOW, timedelta(days=settings.WEBHOOK_RETENTION_DAYS) / 2)
    with platform_scope(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                UNTOLD,
                {
                    "types": [str(action) for action in CHAIN_EVENTS],
                    "since": now - window,
                    "routine": str(ROUTINE),
                    "every": EVERY_EVENT,
                    "batch": BATCH,
                },
            )
            untold = cursor.fetchall()
        if untold:
            deliveries = [_delivery(bytes(document), endpoint_id) for document, endpoint_id in untold]
            Delivery.all_tenants.bulk_create(deliveries, ignore_conflicts=True)
            ring(DELIVER)
    return len(untold)


def _delivery(document: bytes, endpoint_id: UUID) -> Delivery:
    envelope = Envelope.read(document)
    return Delivery(
        organization_id=envelope.organization_id,
        endpoint_id=endpoint_id,
        event_id=envelope.event_id,
        event_type=str(envelope.action),
        body=body_of(envelope, system_caller(envelope.organization_id)),
    )
