"""The log of decisions as lines: NDJSON for machines, CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from promptguard.core.spreadsheets import defused
from promptguard.guard.models import Interaction

COLUMNS = (
    "id",
    "event_id",
    "created_at",
    "project_id",
    "api_key_id",
    "endpoint",
    "direction",
    "decision",
    "is_flagged",
    "threat_type",
    "confidence",
    "reason",
    "model",
    "end_user",
    "session_id",
    "policy_version",
    "latency_ms",
    "integrity_hash",
)


def ndjson(rows: Iterable[Interaction]) -> Iterator[bytes]:
    for row in rows:
        yield orjson.dumps({name: getattr(row, name) for name in COLUMNS}, option=orjson.OPT_APPEND_NEWLINE)


def comma_separated(rows: Iterable[Interaction]) -> Iterator[bytes]:
    yield _line(COLUMNS)
    for row in rows:
        yield _line([defused(_text(getattr(row, name))) for name in COLUMNS])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue().encode()
