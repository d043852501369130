"""NDJSON: the chain's fields, then the event itself, verbatim."""

import json
from typing import Any


def event(record: Any) -> str:
    chain = json.dumps(record.chain(), separators=(",", ":"))
    return f'{chain[:-1]},"event":{record.canonical.decode()}}}\n'


def checkpoint(note: str) -> str:
    return json.dumps({"checkpoint": note}, ensure_ascii=False) + "\n"
