"""What a receiver reads: the documented payload (contract, section 3) with a `text` that Slack shows as it is."""

from typing import Any
from uuid import UUID

import orjson

from audit.envelope import Envelope
from promptguard.core.caller import Caller
from promptguard.core.canonical import timestamp
from promptguard.webhooks.catalogue import GUARD_EVENTS, TEST_EVENT, USAGE_EVENTS

EVENT_PREFIX = "evt_"


def body_of(envelope: Envelope, caller: Caller) -> bytes:
    """The exact bytes that are stored, signed and sent."""
    details = dict(envelope.public.get("details") or {})
    if envelope.action in GUARD_EVENTS:
        inner, text = _guard_part(envelope, caller, details), _guard_text(envelope, details)
    elif envelope.action in USAGE_EVENTS:
        inner, text = details, _usage_text(details)
    else:
        inner, text = _audit_part(envelope), sentence(envelope)
    return orjson.dumps(
        {
            "event": str(envelope.action),
            "type": str(envelope.action),
            "timestamp": timestamp(envelope.occurred_at),
            "organization_id": str(envelope.organization_id),
            "project_id": project_of(envelope),
            "text": f"[PromptGuard] {text}",
            "data": inner,
        }
    )


def project_of(envelope: Envelope) -> str | None:
    """The project that an event is about: named in its details, or itself the target. Anything else is none."""
    details = envelope.public.get("details") or {}
    named = details.get("project_id") or next(
        (ref for kind, ref in envelope.targets if kind == "project"), None
    )
    try:
        return str(UUID(str(named)))
    except ValueError:
        return None


def test_body(organization_id: UUID, endpoint_id: UUID, project_id: UUID | None, at: str) -> bytes:
    return orjson.dumps(
        {
            "event": TEST_EVENT,
            "type": TEST_EVENT,
            "timestamp": at,
            "organization_id": str(organization_id),
            "project_id": str(project_id) if project_id else None,
            "text": "[PromptGuard] This is a test event.",
            "data": {"endpoint_id": str(endpoint_id)},
        }
    )


def _guard_part(envelope: Envelope, caller: Caller, details: dict[str, Any]) -> dict[str, Any]:
    """The address stands here only: the hashed event must not hold it, a delivery is forgotten in time."""
    interaction = envelope.targets[0][1]
    return {
        "event_id": EVENT_PREFIX + UUID(interaction).hex,
        "decision": str(details.get("decision", "")),
        "threat_type": details.get("threat_type") or None,
        "confidence": float(details.get("confidence", 0.0)),
        "reason": details.get("reason", ""),
        "request_metadata": {"model": details.get("model") or None, "ip_address": caller.origin.ip},
        "integrity_hash": details.get("integrity_hash", ""),
    }


def _guard_text(envelope: Envelope, details: dict[str, Any]) -> str:
    words = {
        "threat.blocked": "Threat blocked",
        "threat.detected": "Threat detected",
        "pii.redacted": "PII redacted",
    }
    threat = details.get("threat_type") or "unspecified"
    share = round(float(details.get("confidence", 0.0)) * 100)
    where = details.get("project", "")
    return f"{words[envelope.action]}: {threat} in *{where}* ({share}%, {details.get('decision', '')})"


def _usage_text(details: dict[str, Any]) -> str:
    used, limit = details.get("requests_used"), details.get("requests_limit")
    return f"{details.get('percent')}% of this period's quota is used ({used} of {limit} requests)."


def _audit_part(envelope: Envelope) -> Any:
    return {
        "event_id": str(envelope.event_id),
        "actor": {"type": str(envelope.actor_type), "ref": envelope.actor_ref, "via": str(envelope.via)},
        "targets": [{"type": kind, "ref": ref} for kind, ref in envelope.targets],
        "outcome": str(envelope.outcome),
        "severity": str(envelope.severity),
        "request_id": envelope.request_id,
        **envelope.public,
    }


def sentence(envelope: Envelope) -> str:
    """The event in words; people and objects by their references, since the chain knows no names."""
    actor = f"{envelope.actor_type} {envelope.actor_ref[:8]}".strip()
    target = next((f"{kind} {ref}" for kind, ref in envelope.targets), "something")
    return envelope.action.sentence.format(actor=actor, target=target)
