"""Tenants as witnesses of their own log: the newest checkpoint goes to each endpoint that names `audit.checkpoint`.

A checkpoint is no event of the chain, so announcing it makes nothing new to sign.
"""

from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from promptguard.core.canonical import timestamp
from promptguard.core.jobs.broker import ring
from promptguard.core.tenancy import platform_scope
from promptguard.webhooks.catalogue import CHECKPOINT_EVENT
from promptguard.webhooks.fanout import DELIVER
from promptguard.webhooks.models import Delivery

BATCH = 500
# The note's own hash names the delivery, so that no checkpoint is announced twice to anybody.
UNSEEN = """
SELECT e.id, c.org_id, c.epoch, c.size, c.root, c.head_hash, c.sealed_at, c.note, c.name FROM webhooks_endpoint e
CROSS JOIN LATERAL (
    SELECT org_id, epoch, size, root, head_hash, sealed_at, note,
           left(encode(sha256(convert_to(note, 'UTF8')), 'hex'), 32)::uuid AS name
    FROM audit_checkpoint WHERE org_id = e.organization_id AND sealed_at > e.created_at
    ORDER BY epoch DESC, size DESC, sealed_at DESC LIMIT 1
) c
WHERE e.is_enabled AND e.kind = 'webhook' AND e.project_id IS NULL AND e.event_types && ARRAY[%s, 'audit.*']::varchar[]
  AND NOT EXISTS (SELECT FROM webhooks_delivery d WHERE d.endpoint_id = e.id AND d.event_id = c.name)
ORDER BY c.sealed_at LIMIT %s
"""


def witness() -> int:
    """Write the deliveries of checkpoints that an endpoint has not seen; how many."""
    with platform_scope():
        with connection.cursor() as cursor:
            cursor.execute(UNSEEN, [CHECKPOINT_EVENT, BATCH])
            unseen = cursor.fetchall()
        if unseen:
            Delivery.all_tenants.bulk_create([_delivery(*row) for row in unseen], ignore_conflicts=True)
            ring(DELIVER)
    return len(unseen)


def _delivery(endpoint_id: UUID, organization_id: UUID, *checkpoint: Any) -> Delivery:
    epoch, size, root, head, at, note, name = checkpoint
    body = {
        "event": CHECKPOINT_EVENT,
        "type": CHECKPOINT_EVENT,
        "timestamp": timestamp(at),
        "organization_id": str(organization_id),
        "project_id": None,
        "text": f"[PromptGuard] The audit log was signed at {size} events.",
        "data": {
            "epoch": epoch,
            "size": size,
            "root": bytes(root).hex(),
            "head": bytes(head).hex(),
            "note": note,
        },
    }
    return Delivery(
        organization_id=organization_id,
        endpoint_id=endpoint_id,
        event_id=name,
        event_type=CHECKPOINT_EVENT,
        body=orjson.dumps(body),
    )
