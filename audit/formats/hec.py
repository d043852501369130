"""Splunk HTTP Event Collector: the native record as `event`, with Splunk's own time, source and type around it.

The token goes into the endpoint's headers: `Authorization: Splunk <token>`.
"""

import json
from typing import Any

from audit.formats import native

SOURCE, SOURCE_TYPE = "promptguard", "promptguard:audit"


def event(record: Any) -> str:
    seconds, fraction = divmod(record.sealed_us, 1_000_000)
    return _enveloped(native.event(record), f'"time":{seconds}.{fraction:06d},')


def checkpoint(note: str) -> str:
    return _enveloped(native.checkpoint(note), "")


def _enveloped(line: str, time: str) -> str:
    named = json.dumps({"source": SOURCE, "sourcetype": SOURCE_TYPE}, separators=(",", ":"))
    return f'{{{time}{named[1:-1]},"event":{line.rstrip()}}}\n'
