"""From detector hits to findings: guardrail, thresholds, status and place, by the policy."""

from __future__ import annotations

from collections.abc import Iterator

from promptguard.guard.engine.content import Origin, Segment
from promptguard.guard.engine.detectors.injection import RuleHit, scan_rules
from promptguard.guard.engine.detectors.injection.scanner import combined_score
from promptguard.guard.engine.detectors.pii import scan_pii
from promptguard.guard.engine.detectors.secrets import scan_secrets
from promptguard.guard.engine.policy import Policy
from promptguard.guard.engine.redact import entity_severity
from promptguard.guard.engine.threats import severity_of
from promptguard.guard.engine.verdict import Finding, Location, Status, text_hash
from promptguard.guard.engine.views import Reading, read

_INJECTION_DETECTOR, _PII_DETECTOR, _SECRET_DETECTOR = "injection_rules", "pii", "secrets"


def scan_segment(segment: Segment, policy: Policy) -> Iterator[Finding]:
    """All findings in one string."""
    if not segment.text:
        return
    reading = read(segment.text)
    yield from _injection(segment, reading, policy)
    yield from _secrets(segment, reading, policy)
    yield from _pii(segment, reading, policy)


def _guardrail(hit: RuleHit, origin: Origin) -> str:
    if hit.rule.threat_type == "data_exfiltration":
        return "data_exfiltration"
    if origin.is_indirect:
        return "tool_injection"
    return "jailbreak_detection" if hit.rule.technique.startswith("jailbreak.") else "prompt_injection"


def _threat_type(hit: RuleHit, origin: Origin) -> str:
    if origin is Origin.RETRIEVED and hit.rule.threat_type == "prompt_injection":
        return "rag_poisoning"
    return hit.rule.threat_type


def _injection(segment: Segment, reading: Reading, policy: Policy) -> Iterator[Finding]:
    hits = scan_rules(reading, segment.origin, segment.is_output)
    hits = [hit for hit in hits if policy.is_enabled(_guardrail(hit, segment.origin))]
    kept = [hit for hit in hits if not _is_suppressed(policy, hit, segment)]
    joint = combined_score(kept)
    if kept and policy.bands[_guardrail(kept[0], segment.origin)].name(joint) is None:
        return
    for hit in hits:
        leads = bool(kept) and hit is kept[0]
        yield _injection_finding(hit, segment, policy, joint if leads else hit.confidence, hit not in kept)


def _is_suppressed(policy: Policy, hit: RuleHit, segment: Segment) -> bool:
    if not policy.suppressions:
        return False
    return policy.is_suppressed(
        _INJECTION_DETECTOR, hit.rule.id, text_hash(segment.text[hit.start : hit.end])
    )


def _injection_finding(
    hit: RuleHit, segment: Segment, policy: Policy, score: float, suppressed: bool
) -> Finding:
    guardrail = _guardrail(hit, segment.origin)
    band = policy.bands[guardrail]
    # What the application or the model itself wrote is recorded, but does not decide.
    trusted = segment.origin is Origin.SYSTEM or (
        segment.origin is Origin.ASSISTANT and not segment.is_output
    )
    status = Status.SUPPRESSED if suppressed else Status.CANDIDATE if trusted else Status.ACTIVE
    threat_type = _threat_type(hit, segment.origin)
    return Finding(
        threat_type=threat_type,
        detector=_INJECTION_DETECTOR,
        rule_id=hit.rule.id,
        confidence=round(score, 4),
        severity=severity_of(threat_type),
        details=f"rule {hit.rule.id} matched in the {hit.view} text",
        guardrail=guardrail,
        technique=hit.rule.technique,
        status=status,
        band=band.name(score),
        warn_threshold=band.warn,
        block_threshold=band.block,
        match_sha256=text_hash(segment.text[hit.start : hit.end]),
        location=locate(segment, hit.start, hit.end),
        view=hit.view,
    )


def locate(segment: Segment, start: int, end: int) -> Location:
    """The place of a raw span of a segment."""
    return Location(segment.source, segment.index, segment.path, start, end)


def _secrets(segment: Segment, reading: Reading, policy: Policy) -> Iterator[Finding]:
    if not policy.is_enabled("secret_key_detection"):
        return
    for hit in scan_secrets(reading):
        yield Finding(
            threat_type=hit.threat_type,
            detector=_SECRET_DETECTOR,
            rule_id=hit.rule_id,
            confidence=hit.confidence,
            severity=severity_of(hit.threat_type),
            details=f"a credential of type {hit.rule_id} was found",
            guardrail="secret_key_detection",
            suppressible=False,
            location=locate(segment, hit.start, hit.end),
            view=hit.view,
            entity=hit.entity,
            action="block" if policy.blocks_secrets else "redact",
        )


def _pii(segment: Segment, reading: Reading, policy: Policy) -> Iterator[Finding]:
    if not policy.pii_entities:
        return
    for hit in scan_pii(reading, policy.pii_entities):
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
            location=locate(segment, hit.start, hit.end),
            view=hit.view,
            entity=hit.entity,
            action=policy.pii_mode.value,
        )
