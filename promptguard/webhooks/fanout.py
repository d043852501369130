"""One statement per event: a delivery for each endpoint that wants it, in the transaction of the event.

Nothing about endpoints is cached: a stale cache would lose events, and this statement costs less than asking one.
"""

from django.db import connection

from audit.envelope import Envelope
from audit.models import PLATFORM_ORGANIZATION_ID
from promptguard.core.caller import Caller
from promptguard.core.jobs.broker import ring
from promptguard.webhooks.catalogue import CHAIN_EVENTS
from promptguard.webhooks.models import EVERY_EVENT
from promptguard.webhooks.payloads import body_of, project_of

DELIVER = "webhooks.deliver"
# The key begins with the event's own (RFC 9562: 48 bits of time), so deliveries sort like events.
FAN_OUT = """
INSERT INTO webhooks_delivery (id, organization_id, endpoint_id, event_id, event_type, body, status, attempt_count,
                               step, due_at, last_outcome, created_at)
SELECT (left(%(event)s::text, 19) || right(gen_random_uuid()::text, 17))::uuid, e.organization_id, e.id, %(event)s,
       %(type)s, %(body)s, 'pending', 0, 0, now(), '', now()
FROM webhooks_endpoint e
WHERE e.organization_id = %(organization)s AND e.is_enabled AND e.kind = 'webhook'
  AND (e.event_types = '{}' OR e.event_types && %(patterns)s::varchar[])
  AND (e.project_id IS NULL OR e.project_id = %(project)s::uuid)
"""


def fan_out(envelope: Envelope, caller: Caller) -> int:
    """Write the deliveries of one event; how many there are."""
    if envelope.action in CHAIN_EVENTS or envelope.organization_id == PLATFORM_ORGANIZATION_ID:
        return 0
    noun = envelope.action.partition(".")[0]
    with connection.cursor() as cursor:
        cursor.execute(
            FAN_OUT,
            {
                "event": envelope.event_id,
                "organization": envelope.organization_id,
                "project": project_of(envelope),
                "type": str(envelope.action),
                "body": body_of(envelope, caller),
                "patterns": [str(envelope.action), f"{noun}.*", EVERY_EVENT],
            },
        )
        count: int = cursor.rowcount
    if count:
        ring(DELIVER)
    return count
