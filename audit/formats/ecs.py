"""Elastic Common Schema 8 JSON; the chain's fields under `promptguard.audit`."""

import json
from typing import Any

VERSION = "8.17.0"
CATEGORIES = {"authentication": "authentication", "session": "session", "threat": "intrusion_detection"}
IAM = ("api_key", "invitation", "member", "organization", "password", "user")
OUTCOMES = {"success": "success", "failure": "failure", "denied": "failure"}
SEVERITIES = {"info": 1, "notice": 2, "warning": 3, "critical": 4}


def event(record: Any) -> str:
    said = record.said
    noun = said["type"].partition(".")[0]
    category = CATEGORIES.get(noun, "iam" if noun in IAM else "configuration")
    return _line(
        {
            "@timestamp": said["at"],
            "ecs": {"version": VERSION},
            "event": {
                "id": said["id"],
                "kind": "event",
                "category": [category],
                "action": said["type"],
                "outcome": OUTCOMES.get(said["outcome"], "unknown"),
                "severity": SEVERITIES.get(said["severity"], 0),
                "sequence": record.seq,
                "hash": record.link,
            },
            "message": record.sentence,
            "organization": {"id": said["org"]},
            "user": {"id": said["actor"]["ref"]},
            "promptguard": {"audit": record.chain() | {"canonical": record.canonical.decode()}},
        }
    )


def checkpoint(note: str) -> str:
    said = {"kind": "state", "action": "audit.checkpoint"}
    return _line({"ecs": {"version": VERSION}, "event": said, "promptguard": {"audit": {"checkpoint": note}}})


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"
