"""From detector hits to findings: guardrail, thresholds, status and place, by the policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from promptguard.guard.engine.budget import Budget
from promptguard.guard.engine.content import Segment
from promptguard.guard.engine.contents import allowed_spans, find_content
from promptguard.guard.engine.detectors.pii import find_pii
from promptguard.guard.engine.detectors.secrets import find_secrets
from promptguard.guard.engine.injections import find_injection
from promptguard.guard.engine.policy import Policy
from promptguard.guard.engine.redact import entity_severity
from promptguard.guard.engine.threats import severity_of
from promptguard.guard.engine.verdict import Finding, Status, text_hash
from promptguard.guard.engine.views import Reading, read

_PII_DETECTOR, _SECRET_DETECTOR = "pii", "secrets"


def scan_segment(segment: Segment, policy: Policy, budget: Budget) -> list[Finding]:
    """All findings in one string; those inside an allowed stretch are on record as suppressed."""
    if not segment.text:
        return []
    reading = read(segment.text)
    found = [
        *find_injection(segment, reading, policy, budget),
        *_secrets(segment, reading, policy, budget),
        *_pii(segment, reading, policy, budget),
        *find_content(segment, reading, policy, budget),
    ]
    spans = allowed_spans(segment, reading, policy)
    return [_vouched_for(finding, spans) for finding in found] if spans else found


def _vouched_for(finding: Finding, spans: list[tuple[int, int]]) -> Finding:
    where = finding.location
    if where is None or not finding.suppressible:
        return finding
    inside = any(start <= where.start and where.end <= end for start, end in spans)
    return replace(finding, status=Status.SUPPRESSED) if inside else finding


def _secrets(segment: Segment, reading: Reading, policy: Policy, budget: Budget) -> Iterator[Finding]:
    if not policy.is_enabled("secret_key_detection"):
        return
    for hit in budget.within(_SECRET_DETECTOR, segment, find_secrets(reading)):
        yield Finding(
            threat_type=hit.threat_type,
            detector=_SECRET_DETECTOR,
            rule_id=hit.rule_id,
            confidence=hit.confidence,
            severity=severity_of(hit.threat_type),
            details=f"a credential of type {hit.rule_id} was found",
            guardrail="secret_key_detection",
            suppressible=False,
            location=segment.locate(hit.start, hit.end),
            view=hit.view,
            entity=hit.entity,
            action="block" if policy.blocks_secrets else "redact",
        )
    if budget.has_exceeded(_SECRET_DETECTOR, segment):
        yield _too_many(segment, _SECRET_DETECTOR, "secret_key_leak", "secret_key_detection")


def _pii(segment: Segment, reading: Reading, policy: Policy, budget: Budget) -> Iterator[Finding]:
    if not policy.pii_entities:
        return
    mode = policy.pii_mode.value
    for hit in budget.within(_PII_DETECTOR, segment, find_pii(reading, policy.pii_entities)):
        # The hash of a short identifier could be searched for, so it is compared here but never published.
        digest = text_hash(segment.text[hit.start : hit.end]) if policy.suppressions else None
        suppressed = policy.is_suppressed(_PII_DETECTOR, hit.entity, digest)
        yield Finding(
            threat_type="pii_leak",
            detector=_PII_DETECTOR,
            rule_id=hit.entity,
            confidence=hit.confidence,
            severity=entity_severity(hit.entity),
            details=f"a value of type {hit.entity} was found",
            guardrail="pii_detection",
            status=Status.SUPPRESSED if suppressed else Status.ACTIVE,
            location=segment.locate(hit.start, hit.end),
            view=hit.view,
            entity=hit.entity,
            action=mode,
        )
    if budget.has_exceeded(_PII_DETECTOR, segment):
        yield _too_many(segment, _PII_DETECTOR, "pii_leak", "pii_detection")


def _too_many(segment: Segment, detector: str, threat_type: str, guardrail: str) -> Finding:
    """Values that are not looked for any more cannot be cut out: then nothing of the text may pass."""
    return Finding(
        threat_type=threat_type,
        detector=detector,
        rule_id="too_many_values",
        confidence=1.0,
        severity=severity_of(threat_type),
        details="more values than one message can be cleaned of",
        guardrail=guardrail,
        suppressible=False,
        location=segment.locate(0, len(segment.text)),
        action="block",
    )
