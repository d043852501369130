"""What the sequencer's process does besides sealing; each step may also be run by a scheduler, at any time."""

from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import DatabaseError, connection, connections

from audit.actions import Action
from audit.anchors import configured_sinks, publish_anchors
from audit.checkpoints import sign_checkpoints
from audit.erasure import carry_out_erasures
from audit.keys import UnusableKeyFile
from audit.models import PLATFORM_ORGANIZATION_ID
from audit.retention import ensure_partitions, prune_due
from promptguard.core import metrics
from promptguard.core.errors import Unavailable
from promptguard.core.recent import Recent
from promptguard.core.strict import is_strict
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)

DEEPEST_BACKLOG, OLDEST_BACKLOG_SECONDS = 100_000, 30
BACKLOG = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float
FROM (SELECT occurred_at FROM audit_inbox ORDER BY id LIMIT 100001) AS waiting
"""
NEWEST_ANCHOR = "SELECT max(published_at) FROM audit_anchor WHERE status = 'published'"
LAST_VERIFIED = """
SELECT occurred_at FROM audit_event WHERE org_id = %s AND event_type = %s
AND position('"exit":0' IN convert_from(canonical, 'UTF8')) > 0 ORDER BY epoch DESC, seq DESC LIMIT 1
"""
# Whoever asks, however often: the inbox is counted once in this time.
GLANCE_SECONDS = 5.0


class AuditBehind(Unavailable):
    code = "audit_unavailable"
    message = "The audit log is not being sealed, and in strict mode nothing happens that it cannot vouch for."


def require_recording() -> None:
    """Strict mode fails closed. Raises AuditBehind while sealing is too far behind."""
    if is_strict() and not keeps_up():
        raise AuditBehind()


def publish() -> int:
    """Sign what grew and hand it to the anchors; the number of chains signed. Without a key nothing is signed."""
    sinks = configured_sinks()
    try:
        signed = sign_checkpoints(tuple(sinks))
    except UnusableKeyFile as error:
        log.error("audit_signing_impossible", reason=str(error))
        return 0
    publish_anchors(sinks)
    return signed


def tidy() -> None:
    """Partitions for the months to come, erasures whose announcement has been sealed, and events whose time is over."""
    for step in (ensure_partitions, carry_out_erasures, prune_due):
        try:
            step()
        except DatabaseError as error:
            log.warning("audit_upkeep_failed", step=step.__name__, error=type(error).__name__)
            connections["sequencer"].close()


def figures() -> dict[str, Any]:
    """Depth and age of the inbox and age of the newest anchor, also set as metrics; `ready` says whether it is well."""
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(BACKLOG)
        depth, age_seconds = cursor.fetchone()
        cursor.execute(NEWEST_ANCHOR)
        anchored_at = cursor.fetchone()[0]
        cursor.execute(LAST_VERIFIED, [PLATFORM_ORGANIZATION_ID, str(Action.AUDIT_VERIFIED)])
        verified = cursor.fetchone()
    anchor_age = (datetime.now(UTC) - anchored_at).total_seconds() if anchored_at else None
    metrics.AUDIT_BACKLOG.set(depth)
    metrics.AUDIT_BACKLOG_AGE.set(age_seconds)
    if anchor_age is not None:
        metrics.AUDIT_ANCHOR_AGE.set(anchor_age)
    if verified is not None:
        metrics.AUDIT_LAST_VERIFIED.set(verified[0].timestamp())
    return {
        "unsealed": depth,
        "oldest_seconds": age_seconds,
        "anchor_age_seconds": anchor_age,
        "ready": depth <= DEEPEST_BACKLOG and age_seconds <= OLDEST_BACKLOG_SECONDS,
    }


_glance: Recent[str, dict[str, Any]] = Recent(lambda _name: figures(), GLANCE_SECONDS)


def keeps_up() -> bool:
    """Whether sealing keeps up with recording, as `/health/ready` says; False where it cannot be seen."""
    try:
        return bool(_glance("audit")["ready"])
    except DatabaseError:
        return False


def refresh_metrics() -> None:
    """For Prometheus, just before it reads."""
    keeps_up()
