"""What is not wrong yet, but late: events that wait to be sealed, and events that nobody outside has seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

from audit.promptguard_verify import Report, parse_checkpoint

LONGEST_SILENCE = timedelta(hours=2)
LONGEST_WAIT_SECONDS, MOST_WAITING = 30, 100_000
WAITING = "SELECT count(*), extract(epoch FROM now() - min(occurred_at))::float FROM audit_inbox WHERE org_id = %s"
UNSEEN = """
SELECT e.epoch, e.seq, e.sealed_at, h.seq FROM audit_head h
JOIN LATERAL (
    SELECT epoch, seq, sealed_at FROM audit_event WHERE org_id = h.org_id AND epoch = h.epoch AND seq > %s ORDER BY seq LIMIT 1
) e ON true WHERE h.org_id = %s AND h.epoch = %s
"""


def add_lateness(cursor: Any, report: Report, anchored_notes: list[str]) -> None:
    """Findings `backlog` and `anchor-overdue` about one chain; both exit with 3."""
    _add_backlog(cursor, report)
    if report.heads:
        _add_overdue(cursor, report, max(report.heads), anchored_notes)


def _add_backlog(cursor: Any, report: Report) -> None:
    cursor.execute(WAITING, [report.organization])
    waiting, seconds = cursor.fetchone()
    if waiting > MOST_WAITING or (seconds or 0) > LONGEST_WAIT_SECONDS:
        report.add("backlog", 0, 0, f"{waiting} events wait to be sealed, the oldest for {seconds:.0f} s")


def _add_overdue(cursor: Any, report: Report, epoch: int, notes: list[str]) -> None:
    seen = max((size for of_epoch, size in map(_place, notes) if of_epoch == epoch), default=0)
    cursor.execute(UNSEEN, [seen, report.organization, epoch])
    row = cursor.fetchone()
    if row and datetime.now(UTC) - row[2] > LONGEST_SILENCE:
        report.add("anchor-overdue", epoch, row[1], "no anchor covers these events, the oldest since " + f"{row[2]:%F %T}", last=row[3])


def _place(note: str) -> tuple[int, int]:
    try:
        said = parse_checkpoint(note)
        return int(said["origin"].rsplit("/", 1)[1]), said["size"]
    except (ValueError, IndexError):
        return 0, 0


