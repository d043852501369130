"""The same walk in one SQL statement: for hourly runs over everything, at the database's own speed.

It trusts the database's `sha256`, which the streaming engine does not. It names codes and places; the tree, the
signatures and the private parts remain the streaming engine's.
"""

from typing import Any
from uuid import UUID

from audit.promptguard_verify import Report

# Each row stores its predecessor's link, so that every check but continuity is about one row alone: those the server's
# parallel workers share, and only what continuity needs is sorted. Of `strange`, bit 0 is the organization, bit 1 the id.
WALK = """
WITH judged AS MATERIALIZED (
    SELECT seq, sealed_at, hash, prev_hash,
        leaf_hash <> sha256('\\x00'::bytea || canonical) AS content,
        hash IS DISTINCT FROM sha256(%(prefix)s || int8send(seq)
            || int8send(CASE WHEN isfinite(sealed_at) THEN (date_part('epoch', sealed_at) * 1e6)::bigint END)
            || prev_hash || leaf_hash) AS link,
        CASE WHEN position(textsend('"id":"' || event_id || '","org":"' || org_id || '"') IN canonical) > 0 THEN 0
             ELSE (position(textsend('"org":"' || org_id || '"') IN canonical) = 0)::int
                  + 2 * (position(textsend('"id":"' || event_id || '"') IN canonical) = 0)::int END AS strange,
        substr(canonical, octet_length(canonical) - octet_length(event_type) - 15) <> textsend('"type":"' || event_type || '","v":1}') AS retyped
    FROM audit_event WHERE org_id = %(org)s AND epoch = %(epoch)s
), placed AS (
    SELECT *, lag(hash) OVER w AS before, lag(seq) OVER w AS seq_before, lag(sealed_at) OVER w AS sealed_before
    FROM judged WINDOW w AS (ORDER BY seq, sealed_at)
), found AS (
    SELECT seq, content, link OR (seq = seq_before + 1 AND prev_hash <> before) AS link, seq > seq_before + 1 AS gap,
           seq <= seq_before AS dup, sealed_at <= sealed_before AS clock, strange & 1 = 1 AS foreign_org,
           strange & 2 = 2 OR retyped AS projection
    FROM placed
)
SELECT seq, content, link, gap, dup, clock, foreign_org, projection FROM found
WHERE content OR link OR gap OR dup OR clock OR foreign_org OR projection ORDER BY seq LIMIT 10000
"""
CODES = ("content", "link", "gap", "dup", "clock-back", "foreign-org", "projection")
ENDS = """
SELECT h.epoch, h.seq, h.hash, e.seq, e.hash,
       (SELECT count(*) FROM audit_event c WHERE c.org_id = h.org_id AND c.epoch = h.epoch)
FROM audit_head h LEFT JOIN LATERAL (
    SELECT seq, hash FROM audit_event e WHERE e.org_id = h.org_id AND e.epoch = h.epoch ORDER BY seq DESC LIMIT 1
) e ON true WHERE h.org_id = %s ORDER BY h.epoch
"""
PRUNED = "SELECT EXISTS (SELECT 1 FROM audit_prune WHERE org_id = %s AND epoch = %s AND to_seq = %s)"


def verify_in_database(cursor: Any, organization_id: UUID) -> Report:
    """Content, links, contiguity, order, clock, projections and head of one chain."""
    report = Report(organization_id)
    cursor.execute(ENDS, [organization_id])
    for epoch, seq, link, last_seq, last_link, count in cursor.fetchall():
        report.counts["events"] += count
        report.heads[epoch] = (last_seq or 0, bytes(last_link or b""))
        if (last_seq or 0, bytes(last_link or b"")) != (seq, bytes(link)) and seq:
            report.add("head", epoch, min(seq, last_seq or 0) + 1, "the head row says otherwise")
        _walk(cursor, report, organization_id, epoch)
    return report


def _walk(cursor: Any, report: Report, organization_id: UUID, epoch: int) -> None:
    prefix = b"\x02" + organization_id.bytes + epoch.to_bytes(4)
    cursor.execute(WALK, {"org": organization_id, "epoch": epoch, "prefix": prefix})
    for seq, *flags in cursor.fetchall():
        for code, raised in zip(CODES, flags, strict=True):
            if raised and not (code == "gap" and _was_pruned(cursor, organization_id, epoch, seq - 1)):
                report.add(code, epoch, seq - 1 if code == "gap" else seq, "found in the database")


def _was_pruned(cursor: Any, organization_id: UUID, epoch: int, seq: int) -> bool:
    cursor.execute(PRUNED, [organization_id, epoch, seq])
    return bool(cursor.fetchone()[0])
