"""Every field of the guard's answers, by the names and types that the published SDK reads (contract 1.3 to 1.5)."""

from typing import Any

import pytest

from tests.guard.test_guard_api import INJECTION, PERSONAL, guard, user
from tests.people import Tenant

NUMBER, TEXT = (int, float), str
RESPONSE: dict[str, Any] = {
    "decision": TEXT,
    "event_id": TEXT,
    "confidence": NUMBER,
    "weighted_score": (*NUMBER, type(None)),
    "threat_type": (str, type(None)),
    "redacted_messages": (list, type(None)),
    "threats": list,
    "latency_ms": NUMBER,
    "unscanned": list,
    "unavailable": list,
    "entitlement": (dict, type(None)),
    "reason": TEXT,
    "metadata": dict,
}
THREAT: dict[str, Any] = {
    "type": TEXT,
    "confidence": NUMBER,
    "details": TEXT,
    "weighted_score": (*NUMBER, type(None)),
    "technique": (str, type(None)),
    "rule": dict,
    "status": TEXT,
    "threshold": (dict, type(None)),
    "match_sha256": (str, type(None)),
}


def fits(answer: dict[str, Any], shape: dict[str, Any]) -> None:
    assert set(answer) == set(shape)
    for name, kinds in shape.items():
        assert isinstance(answer[name], kinds), name
        assert not isinstance(answer[name], bool), name


@pytest.mark.parametrize("text", [INJECTION, PERSONAL, "How do I bake bread?"])
def test_the_guard_s_answer(acme: Tenant, text: str) -> None:
    answer = guard(acme, messages=[user(text)], images=["https://example.com/x.png"]).json()
    fits(answer, RESPONSE)
    assert answer["decision"] in {"allow", "block", "redact"}
    assert 0 <= answer["confidence"] <= 1
    assert (answer["redacted_messages"] is not None) == (answer["decision"] == "redact")
    for threat in answer["threats"]:
        fits(threat, THREAT)
        assert set(threat["rule"]) == {"detector", "id", "suppressible"}
        assert threat["status"] in {"active", "candidate", "suppressed"}
        if threat["threshold"]:
            assert set(threat["threshold"]) == {"band", "warn", "block", "score"}
            assert threat["threshold"]["band"] in {"warn", "block"}
        if not threat["rule"]["suppressible"]:
            assert threat["match_sha256"] is None
    for part in answer["unscanned"]:
        assert set(part) == {"index", "reason", "detail"}
    for part in answer["unavailable"]:
        assert set(part) == {"detector", "reason"}


@pytest.mark.parametrize("text", [INJECTION, "How do I bake bread?"])
def test_the_scan_s_answer(acme: Tenant, text: str) -> None:
    answer = (
        acme.developer()
        .post("/api/v1/security/scan", {"content": text}, content_type="application/json")
        .json()
    )
    assert {
        name: type(value) for name, value in answer.items() if name not in {"threshold", "threatType"}
    } == {
        "blocked": bool,
        "decision": str,
        "flagged": bool,
        "reason": str,
        "confidence": float,
        "eventId": str,
        "processingTimeMs": float,
    }
    assert set(answer) >= {"threshold", "threatType"}
    assert answer["reason"]


def test_the_redaction_s_answer(acme: Tenant) -> None:
    body = {"content": PERSONAL, "pii_types": None}
    answer = acme.developer().post("/api/v1/security/redact", body, content_type="application/json").json()
    assert set(answer) == {"original", "redacted", "piiFound"}
    assert answer["piiFound"] == ["email", "credit_card"]
