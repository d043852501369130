"""Time stamps (RFC 3161) on record: each must be an authority's word about its note, and the note about this log."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import connection

from audit.models import GLOBAL_LOG_ID
from audit.promptguard_verify import Keyring, Report, parse_checkpoint
from audit.tiles import GlobalTreeReader, Pruned
from audit.tree import range_root
from promptguard.core.database import driver_cursor

STAMPED = """
SELECT global_size, note, receipt FROM audit_anchor
WHERE sink = 'tsa' AND status = 'published' AND receipt <> '' ORDER BY global_size
"""


def compare_time_stamps(report: Report, keys: Keyring) -> None:
    """Add what is wrong with the stamps to the report on the log that all organizations share. Call inside `snapshot()`.

    Without the authorities' certificates (AUDIT_TSA_ROOTS) or the package that reads stamps, that is the finding.
    """
    with connection.cursor() as cursor:
        cursor.execute(STAMPED)
        stamped = cursor.fetchall()
    if stamped and not (settings.AUDIT_TSA_ROOTS and find_spec("rfc3161_client")):
        report.add("anchor-unchecked", 0, stamped[0][0], "nobody says whose time stamps are trusted", last=stamped[-1][0])
        return
    with driver_cursor() as driver:
        log = GlobalTreeReader(driver, GLOBAL_LOG_ID, 1)
        for size, note, receipt in stamped:
            _compare(report, keys, log, size, note, bytes(receipt))


def _compare(report: Report, keys: Keyring, log: GlobalTreeReader, size: int, note: str, receipt: bytes) -> None:
    from audit.anchors.timestamping import TimestampRefused, certified_at

    try:
        certified_at(receipt, note, settings.AUDIT_TSA_ROOTS)
    except TimestampRefused:
        report.add("anchor-timestamp", 0, size, "not a time stamp of the note that it lies beside")
    except OSError:
        report.add("anchor-unchecked", 0, size, "the certificates of trusted authorities cannot be read")
    if keys.signer(note) is None:
        code = "anchor-signature" if keys.trusted else "key-missing"
        report.add(code, 0, size, "an anchor is not signed by a key that can be trusted")
    elif _differs(log, parse_checkpoint(note), size):
        report.add("anchor-root", 0, size, "the global log differs from what was stamped")


def _differs(log: GlobalTreeReader, said: Any, size: int) -> bool:
    try:
        return bool(said["size"] != size or range_root(log.subtree, 0, size) != said["root"])
    except Pruned:
        return True
