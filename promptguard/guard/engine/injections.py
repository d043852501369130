"""Findings of injection: the rules' hits and the model's evidence in one text, fused into one score."""

from __future__ import annotations

from collections.abc import Iterator

from promptguard.guard.engine.budget import Budget
from promptguard.guard.engine.content import Origin, Segment
from promptguard.guard.engine.detectors.injection import RuleHit, combined_score, model_evidence, scan_rules
from promptguard.guard.engine.policy import Band, Policy
from promptguard.guard.engine.redact import merge_spans
from promptguard.guard.engine.threats import severity_of
from promptguard.guard.engine.verdict import Finding, Span, Status, text_hash
from promptguard.guard.engine.views import Reading, raw_view, read
from promptguard.guard.engine.views.offsets import Edit, edited_view

RULES_DETECTOR, MODEL_DETECTOR = "injection_rules", "injection_model"
# Neither rules nor models are ever sure.
_CERTAINTY = 0.99
_MODEL_ORIGINS = frozenset({Origin.USER, Origin.TOOL_RESULT, Origin.RETRIEVED, Origin.DOCUMENT})


def find_injection(segment: Segment, reading: Reading, policy: Policy, budget: Budget) -> Iterator[Finding]:
    """Nothing below the warn threshold; from it on, every rule that fired, the strongest with the fused
    score.
    """
    hits = [
        hit
        for hit in scan_rules(reading, segment.origin, segment.is_output)
        if policy.is_enabled(_guardrail(hit, segment.origin))
    ]
    kept = [hit for hit in hits if not _is_suppressed(policy, hit, segment)]
    rules = combined_score(kept)
    evidence = 0.0
    if _asks_model(segment, policy):
        budget.model_read(segment)
        read_by_model = _without_suppressed(segment, reading, hits, kept)
        evidence = model_evidence(read_by_model, segment.origin, rules) or 0.0
    # What excuses every rule that fired excuses the model's suspicion of the same words.
    evidence *= max((hit.excuse for hit in kept), default=1.0)
    joint = round(min(_CERTAINTY, 1 - (1 - rules) * (1 - evidence)), 4)
    band = policy.bands[_guardrail(kept[0], segment.origin) if kept else _model_guardrail(segment)]
    if band.name(joint) is None:
        # A suppressed rule stays on record even when nothing else spoke.
        yield from (
            _rule_finding(hit, segment, policy, hit.confidence, True) for hit in hits if hit not in kept
        )
        return
    model_leads = not kept or evidence > kept[0].confidence
    for hit in hits:
        leads = not model_leads and hit is kept[0]
        yield _rule_finding(hit, segment, policy, joint if leads else hit.confidence, hit not in kept)
    if model_leads or band.name(evidence) is not None:
        yield _model_finding(segment, band, joint if model_leads else evidence)


def _without_suppressed(
    segment: Segment, reading: Reading, hits: list[RuleHit], kept: list[RuleHit]
) -> Reading:
    """What the model reads: a passage whose rule was suppressed is vouched for, so the model may not
    object to it.
    """
    spans = merge_spans(Span(hit.start, hit.end, "", 0.0) for hit in hits if hit not in kept)
    if not spans:
        return reading
    edits = [Edit(span.start, span.end, " ") for span in spans]
    return read(edited_view("unsuppressed", raw_view(segment.text), edits).text)


def _asks_model(segment: Segment, policy: Policy) -> bool:
    is_heard = not segment.is_output and segment.origin in _MODEL_ORIGINS
    return is_heard and policy.is_enabled(_model_guardrail(segment))


def _guardrail(hit: RuleHit, origin: Origin) -> str:
    if hit.rule.threat_type == "data_exfiltration":
        return "data_exfiltration"
    if origin.is_indirect:
        return "tool_injection"
    return "jailbreak_detection" if hit.rule.technique.startswith("jailbreak.") else "prompt_injection"


def _model_guardrail(segment: Segment) -> str:
    return "tool_injection" if segment.origin.is_indirect else "prompt_injection"


def _threat_type(threat_type: str, origin: Origin) -> str:
    return (
        "rag_poisoning" if origin is Origin.RETRIEVED and threat_type == "prompt_injection" else threat_type
    )


def _status(segment: Segment) -> Status:
    # What the application or the model itself wrote is recorded, but does not decide.
    trusted = segment.origin is Origin.SYSTEM or (
        segment.origin is Origin.ASSISTANT and not segment.is_output
    )
    return Status.CANDIDATE if trusted else Status.ACTIVE


def _is_suppressed(policy: Policy, hit: RuleHit, segment: Segment) -> bool:
    if not policy.suppressions:
        return False
    return policy.is_suppressed(RULES_DETECTOR, hit.rule.id, text_hash(segment.text[hit.start : hit.end]))


def _rule_finding(hit: RuleHit, segment: Segment, policy: Policy, score: float, suppressed: bool) -> Finding:
    guardrail = _guardrail(hit, segment.origin)
    band = policy.bands[guardrail]
    threat_type = _threat_type(hit.rule.threat_type, segment.origin)
    return Finding(
        threat_type=threat_type,
        detector=RULES_DETECTOR,
        rule_id=hit.rule.id,
        confidence=round(score, 4),
        severity=severity_of(threat_type),
        details=f"rule {hit.rule.id} matched in the {hit.view} text",
        guardrail=guardrail,
        technique=hit.rule.technique,
        status=Status.SUPPRESSED if suppressed else _status(segment),
        band=band.name(score),
        warn_threshold=band.warn,
        block_threshold=band.block,
        match_sha256=text_hash(segment.text[hit.start : hit.end]),
        location=segment.locate(hit.start, hit.end),
        view=hit.view,
    )


def _model_finding(segment: Segment, band: Band, score: float) -> Finding:
    threat_type = _threat_type("prompt_injection", segment.origin)
    channel = "document" if segment.origin.is_indirect else "message"
    return Finding(
        threat_type=threat_type,
        detector=MODEL_DETECTOR,
        rule_id=channel,
        confidence=round(score, 4),
        severity=severity_of(threat_type),
        details=f"the {channel} model finds the text like known attacks",
        guardrail=_model_guardrail(segment),
        technique="prompt-injection.learned",
        status=_status(segment),
        band=band.name(score),
        warn_threshold=band.warn,
        block_threshold=band.block,
        suppressible=False,
        location=segment.locate(0, len(segment.text)),
    )
