"""Every event type: what it means, its JSON schema and an example. Each audit action is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from audit.actions import Action

GUARD_EVENTS = (Action.PII_REDACTED, Action.THREAT_BLOCKED, Action.THREAT_DETECTED)
USAGE_EVENTS = (Action.USAGE_OVERAGE, Action.USAGE_THRESHOLD)
TEST_EVENT = "webhook.test"
# Written by the chain's own machinery, outside of any change; `following` finds them once they are sealed.
CHAIN_EVENTS = frozenset({Action.AUDIT_PRUNED, Action.AUDIT_RESTORED, Action.INTERACTIONS_SEALED})
# Comes every few seconds: for endpoints that name it, not for those that take everything.
ROUTINE = Action.INTERACTIONS_SEALED
# What the path `/projects/{id}/webhook` subscribes to (contract, section 3).
DOCUMENTED = tuple(sorted(str(action) for action in (*GUARD_EVENTS, *USAGE_EVENTS)))

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}
MOMENT: Schema = {"type": "string", "format": "date-time"}
IDENTIFIER: Schema = {"type": "string", "format": "uuid"}
EXAMPLE_ID = "0198c2a1-7b00-7000-8000-00000000000"


@dataclass(frozen=True, slots=True)
class EventType:
    type: str
    description: str
    schema: Schema
    example: Mapping[str, Any]


def _object(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


GUARD_DATA = _object(
    {
        "event_id": TEXT,
        "decision": {"enum": ["allow", "block", "redact"]},
        "threat_type": OPTIONAL_TEXT,
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "reason": TEXT,
        "request_metadata": _object({"model": OPTIONAL_TEXT, "ip_address": OPTIONAL_TEXT}),
        "integrity_hash": TEXT,
    }
)
USAGE_DATA = _object(
    {
        "plan": TEXT,
        "period": TEXT,
        "requests_used": {"type": "integer", "minimum": 0},
        "requests_limit": {"type": "integer", "minimum": 0},
        "percent": {"type": "integer", "minimum": 0},
    }
)
AUDIT_DATA = _object(
    {
        "event_id": IDENTIFIER,
        "actor": _object({"type": TEXT, "ref": TEXT, "via": TEXT}),
        "targets": {"type": "array", "items": _object({"type": TEXT, "ref": TEXT})},
        "outcome": {"enum": ["success", "failure", "denied"]},
        "severity": {"enum": ["info", "notice", "warning", "critical"]},
        "request_id": TEXT,
        "before": {"type": "object"},
        "after": {"type": "object"},
        "details": {"type": "object"},
        "reason": TEXT,
    },
    optional=("before", "after", "details", "reason"),
)
TEST_DATA = _object({"endpoint_id": IDENTIFIER})
GUARD_EXAMPLE = {
    "event_id": "evt_0198c2a17b0070008000000000000001",
    "decision": "block",
    "threat_type": "prompt_injection",
    "confidence": 0.94,
    "reason": "Instruction override",
    "request_metadata": {"model": "gpt-5", "ip_address": "203.0.113.7"},
    "integrity_hash": "9f" * 32,
}
USAGE_EXAMPLE = {
    "plan": "scale",
    "period": "2026-11",
    "requests_used": 80_000,
    "requests_limit": 100_000,
    "percent": 80,
}
AUDIT_EXAMPLE = {
    "event_id": EXAMPLE_ID + "1",
    "actor": {"type": "user", "ref": EXAMPLE_ID + "2", "via": "session"},
    "targets": [{"type": "project", "ref": EXAMPLE_ID + "3"}],
    "outcome": "success",
    "severity": "notice",
    "request_id": EXAMPLE_ID + "4",
    "after": {"name": "Production"},
}


def envelope_schema(event_type: str, body: Schema) -> Schema:
    """The schema (2020-12) of a whole body whose `data` looks like `body`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_object(
            {
                "event": {"const": event_type},
                "type": {"const": event_type},
                "timestamp": MOMENT,
                "organization_id": IDENTIFIER,
                "project_id": {"type": ["string", "null"], "format": "uuid"},
                "text": TEXT,
                "data": body,
            }
        ),
    }


def envelope_example(event_type: str, text: str, inner: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event": event_type,
        "type": event_type,
        "timestamp": "2026-11-01T09:30:00.000000Z",
        "organization_id": EXAMPLE_ID + "5",
        "project_id": EXAMPLE_ID + "3",
        "text": text,
        "data": dict(inner),
    }


@cache
def event_types() -> Mapping[str, EventType]:
    """Type → entry, in alphabetical order."""
    found = [_of_action(action) for action in Action]
    text = "[PromptGuard] This is a test event."
    example = envelope_example(TEST_EVENT, text, {"endpoint_id": EXAMPLE_ID + "6"})
    description = "A test, sent on request to one endpoint whatever it subscribed to."
    found.append(EventType(TEST_EVENT, description, envelope_schema(TEST_EVENT, TEST_DATA), example))
    return {entry.type: entry for entry in sorted(found, key=lambda entry: entry.type)}


def _of_action(action: Action) -> EventType:
    body: Schema = AUDIT_DATA
    inner: Mapping[str, Any] = AUDIT_EXAMPLE
    if action in GUARD_EVENTS:
        body, inner = GUARD_DATA, GUARD_EXAMPLE
    elif action in USAGE_EVENTS:
        body, inner = USAGE_DATA, USAGE_EXAMPLE
    description = action.sentence.format(actor="Somebody", target="an object")
    example = envelope_example(action, f"[PromptGuard] {description}", inner)
    return EventType(str(action), description, envelope_schema(str(action), body), example)


def is_subscribable(pattern: str) -> bool:
    """Whether a filter may name it: an event type, or `noun.*` for all types of one noun."""
    noun, _, rest = pattern.partition(".")
    if rest == "*":
        return any(each.startswith(f"{noun}.") for each in event_types())
    return pattern in event_types()
