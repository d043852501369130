"""Findings about content: toxicity, fraud, malware, addresses, insecure code, leaked prompts and the
project's rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import re2

from promptguard.guard.engine.budget import Budget
from promptguard.guard.engine.canary import find_canaries
from promptguard.guard.engine.content import Origin, Segment
from promptguard.guard.engine.custom import CustomRule, match_rule
from promptguard.guard.engine.detectors.content import ContentHit, scan_code, scan_content, scan_urls
from promptguard.guard.engine.detectors.pii import find_pii
from promptguard.guard.engine.policy import Band, Policy
from promptguard.guard.engine.threats import severity_of
from promptguard.guard.engine.verdict import Finding, Status, text_hash
from promptguard.guard.engine.views import Reading

# A weakness in code is a remark to its author; it never stops an answer by itself.
_CODE_BAND = Band(0.5, 1.01)
_PROMPT_LEAK = (
    r"(?i)\b(?:my|the) (?:system (?:prompt|message|instructions)|(?:initial|original|hidden) "
    r"(?:prompt|instructions)) (?:is|are|says?|reads?|was|were|begins?)\b|"
    r"\bi (?:was|have been|am) (?:instructed|told|programmed|configured) "
    r"(?:to|not to|that|by (?:my|the) (?:system|developer))\b|"
    r"here (?:is|are) my (?:system )?(?:prompt|instructions)\b"
)


def find_content(segment: Segment, reading: Reading, policy: Policy, budget: Budget) -> Iterator[Finding]:
    """All findings about what a text says."""
    if segment.origin is not Origin.SYSTEM:
        yield from _content(segment, reading, policy)
        yield from _urls(segment, reading, policy, budget)
    if segment.is_output or segment.origin is Origin.TOOL_CALL:
        yield from _code(segment, reading)
    if segment.is_output:
        yield from _prompt_leak(segment, reading, policy)
    yield from _canaries(segment, reading, policy)
    for rule in policy.rules:
        if rule.action != "allow":
            yield from _custom(rule, segment, reading, policy, budget)


def _finding(
    segment: Segment,
    span: tuple[int, int],
    *,
    detector: str,
    rule_id: str,
    threat_type: str,
    guardrail: str,
    confidence: float,
    details: str,
    band: Band | None = None,
    policy: Policy | None = None,
    technique: str | None = None,
    suppressible: bool = True,
    action: str | None = None,
    view: str = "raw",
) -> Finding:
    digest = text_hash(segment.text[span[0] : span[1]]) if suppressible else None
    suppressed = suppressible and policy is not None and policy.is_suppressed(detector, rule_id, digest)
    history = segment.origin is Origin.ASSISTANT and not segment.is_output
    status = Status.SUPPRESSED if suppressed else Status.CANDIDATE if history else Status.ACTIVE
    return Finding(
        threat_type=threat_type,
        detector=detector,
        rule_id=rule_id,
        confidence=round(confidence, 4),
        severity=severity_of(threat_type),
        details=details,
        guardrail=guardrail,
        technique=technique,
        status=status,
        band=band.name(confidence) if band else None,
        warn_threshold=band.warn if band else None,
        block_threshold=band.block if band and band.block <= 1 else None,
        suppressible=suppressible,
        match_sha256=digest,
        location=segment.locate(*span),
        view=view,
        action=action,
    )


def _content(segment: Segment, reading: Reading, policy: Policy) -> Iterator[Finding]:
    hits = [hit for hit in scan_content(reading) if _is_wanted(hit, policy)]
    for guardrail in dict.fromkeys(hit.rule.guardrail for hit in hits):
        related = [hit for hit in hits if hit.rule.guardrail == guardrail]
        joint = _joint(related)
        if policy.bands[guardrail].name(joint) is None:
            continue
        for hit in related:
            yield _finding(
                segment,
                (hit.start, hit.end),
                detector=hit.rule.threat_type,
                rule_id=hit.rule.id,
                threat_type=hit.rule.threat_type,
                guardrail=guardrail,
                confidence=joint if hit is related[0] else hit.rule.weight,
                details=f"wording of category {hit.rule.category}",
                band=policy.bands[guardrail],
                policy=policy,
                view=hit.view,
            )


def _is_wanted(hit: ContentHit, policy: Policy) -> bool:
    if not policy.is_enabled(hit.rule.guardrail):
        return False
    categories = policy.settings["toxicity"]["categories"] if hit.rule.guardrail == "toxicity" else None
    return categories is None or hit.rule.category in categories


def _joint(hits: list[ContentHit]) -> float:
    doubt = 1.0
    for hit in hits:
        doubt *= 1 - hit.rule.weight
    return round(1 - doubt, 4)


def _urls(segment: Segment, reading: Reading, policy: Policy, budget: Budget) -> Iterator[Finding]:
    if not policy.is_enabled("url_filtering"):
        return
    band = policy.bands["url_filtering"]
    found = scan_urls(reading, policy.blocked_domains, policy.allowed_domains)
    for hit in budget.within("urls", segment, found):
        if band.name(hit.confidence) is not None:
            yield _finding(
                segment,
                (hit.start, hit.end),
                detector="urls",
                rule_id=hit.rule_id,
                threat_type="url_violation",
                guardrail="url_filtering",
                confidence=hit.confidence,
                details=f"an address matched {hit.rule_id}",
                band=band,
                policy=policy,
            )


def _code(segment: Segment, reading: Reading) -> Iterator[Finding]:
    for hit in scan_code(reading):
        yield _finding(
            segment,
            (hit.start, hit.end),
            detector="insecure_code",
            rule_id=hit.weakness.id,
            threat_type="insecure_code",
            guardrail="insecure_code",
            confidence=hit.weakness.weight,
            details=f"code with weakness CWE-{hit.weakness.cwe}",
            band=_CODE_BAND,
        )


@cache
def _leak_pattern() -> re2._Regexp:
    return re2.compile(_PROMPT_LEAK)


def _prompt_leak(segment: Segment, reading: Reading, policy: Policy) -> Iterator[Finding]:
    octets = reading.canonical
    match = _leak_pattern().search(octets.octets)
    if match is None or not policy.is_enabled("prompt_injection"):
        return
    yield _finding(
        segment,
        octets.raw_span(*match.span()),
        detector="prompt_leak",
        rule_id="speaks_of_own_prompt",
        threat_type="system_prompt_leak",
        guardrail="prompt_injection",
        confidence=0.6,
        details="the answer speaks about its own instructions",
        band=policy.bands["prompt_injection"],
        policy=policy,
    )


def _canaries(segment: Segment, reading: Reading, policy: Policy) -> Iterator[Finding]:
    if not policy.canaries or segment.origin is Origin.SYSTEM:
        return
    for canary, start, end in find_canaries(policy.canaries, reading):
        yield _finding(
            segment,
            (start, end),
            detector="canary",
            rule_id=canary.name,
            threat_type="system_prompt_leak",
            guardrail="canary",
            confidence=1.0,
            details="a canary token left the place where it was planted",
            suppressible=False,
            action="block",
        )


def _custom(
    rule: CustomRule, segment: Segment, reading: Reading, policy: Policy, budget: Budget
) -> Iterator[Finding]:
    if rule.direction not in (None, "output" if segment.is_output else "input"):
        return
    for span in budget.within("custom", segment, _custom_spans(rule, reading)):
        yield _custom_finding(rule, segment, span, policy, rule.action)
    if rule.action == "redact" and budget.has_exceeded("custom", segment):
        # What is not looked for any more cannot be cut out.
        yield _custom_finding(rule, segment, (0, len(segment.text)), policy, "block")


def _custom_finding(
    rule: CustomRule, segment: Segment, span: tuple[int, int], policy: Policy, action: str
) -> Finding:
    return _finding(
        segment,
        span,
        detector="custom",
        rule_id=rule.name,
        threat_type=rule.threat_type,
        guardrail="custom",
        confidence=1.0,
        details=f"rule {rule.name} of the project matched",
        policy=policy,
        suppressible=False,
        action=action,
    )


def _custom_spans(rule: CustomRule, reading: Reading) -> Iterator[tuple[int, int]]:
    if rule.condition == "contains_pii":
        yield from ((hit.start, hit.end) for hit in find_pii(reading, frozenset(rule.alternatives)))
    else:
        yield from ((hit.start, hit.end) for hit in match_rule(rule, reading))


def allowed_spans(segment: Segment, reading: Reading, policy: Policy) -> list[tuple[int, int]]:
    """Stretches that an `allow` rule of the project vouches for."""
    direction = "output" if segment.is_output else "input"
    rules = [rule for rule in policy.rules if rule.action == "allow" and rule.direction in (None, direction)]
    return [span for rule in rules for span in _custom_spans(rule, reading)]
