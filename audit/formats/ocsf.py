"""OCSF 1.6 JSON (schema.ocsf.io): classes by what an event is about, everything else under `unmapped.audit`."""

import json
from typing import Any

VERSION = "1.6.0"
AUTHENTICATION, ACCOUNT_CHANGE, GROUP_MANAGEMENT = 3002, 3001, 3006
ENTITY_MANAGEMENT, API_ACTIVITY, DETECTION_FINDING = 3004, 6003, 2004
CLASSES = {
    "api_key": ACCOUNT_CHANGE,
    "authentication": AUTHENTICATION,
    "invitation": GROUP_MANAGEMENT,
    "legal_hold": ENTITY_MANAGEMENT,
    "member": GROUP_MANAGEMENT,
    "organization": ENTITY_MANAGEMENT,
    "password": ACCOUNT_CHANGE,
    "pii": DETECTION_FINDING,
    "project": ENTITY_MANAGEMENT,
    "retention": ENTITY_MANAGEMENT,
    "session": ACCOUNT_CHANGE,
    "threat": DETECTION_FINDING,
    "user": ACCOUNT_CHANGE,
}
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
ACTIVITIES = {
    "added": CREATE,
    "blocked": CREATE,
    "changed": UPDATE,
    "created": CREATE,
    "deleted": DELETE,
    "detected": CREATE,
    "exported": READ,
    "queried": READ,
    "removed": DELETE,
    "rotated": UPDATE,
    "signed_in": 1,
    "signed_out": 2,
    "updated": UPDATE,
    "viewed": READ,
}
SEVERITIES = {"info": 1, "notice": 2, "warning": 3, "critical": 5}


def event(record: Any) -> str:
    said = record.said
    noun, _, verb = said["type"].partition(".")
    class_uid, activity = CLASSES.get(noun, API_ACTIVITY), ACTIVITIES.get(verb, OTHER)
    return _line(
        {
            "class_uid": class_uid,
            "category_uid": class_uid // 1000,
            "activity_id": activity,
            "type_uid": class_uid * 100 + activity,
            "time": record.sealed_us // 1000,
            "severity_id": SEVERITIES.get(said["severity"], 99),
            "status_id": 1 if said["outcome"] == "success" else 2,
            "message": record.sentence,
            "actor": {"user": {"uid": said["actor"]["ref"], "type": said["actor"]["type"]}},
            "metadata": {
                "uid": said["id"],
                "tenant_uid": said["org"],
                "version": VERSION,
                "product": {"name": "PromptGuard Enterprise", "vendor_name": "PromptGuard"},
                "original_time": said["at"],
                "event_code": said["type"],
                "sequence": record.seq,
            },
            "unmapped": {"audit": record.chain() | {"canonical": record.canonical.decode()}},
        }
    )


def checkpoint(note: str) -> str:
    metadata = {"version": VERSION, "product": {"name": "PromptGuard Enterprise", "vendor_name": "PromptGuard"}}
    return _line({"class_uid": 0, "category_uid": 0, "metadata": metadata, "unmapped": {"audit": {"checkpoint": note}}})


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"
