"""Decide, store, record: no answer leaves before its interaction is in the log."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record, record_interaction
from promptguard.core import metrics
from promptguard.core.caller import ActorType, Caller
from promptguard.core.canonical import canonical, commitment, leaf_hash, timestamp
from promptguard.core.crypto import seal
from promptguard.core.errors import TooLarge, Unavailable
from promptguard.core.identifiers import uuid7
from promptguard.guard.conversations import memory_key, with_memory
from promptguard.guard.engine import (
    Content,
    ContentTooLarge,
    Decision,
    Direction,
    Redaction,
    Verdict,
    redact_text,
)
from promptguard.guard.engine import (
    Unavailable as UnavailableDetector,
)
from promptguard.guard.keeping import encodable, kept_redaction, kept_texts
from promptguard.guard.limits import refuse_above
from promptguard.guard.models import Interaction, content_place, event_id_of
from promptguard.guard.policies import active_policy
from promptguard.guard.services.vault import event_scope, keep_tokens, session_scope
from promptguard.projects.models import FailMode, Project

log = structlog.get_logger(__name__)
AUDITED = {Decision.BLOCK: Action.THREAT_BLOCKED, Decision.REDACT: Action.PII_REDACTED}


class EngineFailed(Unavailable):
    code = "guard_unavailable"
    message = "The guard could not decide, and this project refuses what it cannot check (fail_mode: closed)."


@dataclass(frozen=True, slots=True)
class Attribution:
    """What the application said about a call: labels only, nothing here is trusted or scanned."""

    endpoint: str
    model: str = ""
    end_user: str = ""
    session_id: str = ""

    @property
    def is_conversation(self) -> bool:
        """Only a turn that names its end user and its session is remembered (contract 1.3)."""
        return bool(self.end_user and self.session_id)

    @property
    def vault_scope(self) -> bytes | None:
        return session_scope(self.end_user, self.session_id) if self.session_id else None


@dataclass(frozen=True, slots=True)
class Screening:
    """A verdict and the log row it left."""

    verdict: Verdict
    interaction: Interaction


def screen(
    *,
    caller: Caller,
    project: Project,
    content: Content,
    attribution: Attribution,
    created_at: datetime | None = None,
) -> Screening:
    """Decide on `content` under the project's policy, and store the decision.

    Raises TooLarge when the newest message alone is over the budget, EngineFailed when the engine broke and
    the project fails closed. `created_at` is for imported and demo history.
    """
    started = time.perf_counter()
    policy = active_policy(project)
    if policy.rules.per_minute is not None:
        refuse_above(policy.rules.per_minute, project.id, attribution.end_user)
    try:
        verdict = policy.judge(content)
    except ContentTooLarge as error:
        raise TooLarge("The newest message exceeds what the guard can scan.") from error
    except Exception as error:
        log.exception("guard engine failed", project_id=str(project.id))
        if project.fail_mode == FailMode.CLOSED:
            raise EngineFailed() from error
        verdict = _let_through(policy.version)
    if attribution.is_conversation and policy.engine.is_enabled("multi_turn_drift"):
        key = memory_key(project.id, attribution.end_user, attribution.session_id)
        verdict = with_memory(content, verdict, key)
    entry = _Entry(caller, project, content.direction, attribution, verdict, created_at or timezone.now())
    if verdict.vault:
        scope = attribution.vault_scope or event_scope(event_id_of(entry.id))
        verdict = keep_tokens(caller=caller, project=project, scope=scope, verdict=verdict)
        entry = replace(entry, verdict=verdict, given_id=entry.id)
    texts = kept_texts(project.kept_content, content, verdict, policy.engine)
    interaction = entry.store(texts, (time.perf_counter() - started) * 1000)
    return Screening(verdict, interaction)


def redact(
    *, caller: Caller, project: Project, text: str, entities: frozenset[str] | None, attribution: Attribution
) -> Redaction:
    """Replace personal data in `text`, and store that it happened. `entities` limits the types."""
    started = time.perf_counter()
    redaction = redact_text(text, entities=entities)
    verdict = _verdict_of(redaction, active_policy(project).version)
    entry = _Entry(caller, project, Direction.INPUT, attribution, verdict, timezone.now())
    entry.store(kept_redaction(project.kept_content, text, redaction), (time.perf_counter() - started) * 1000)
    return redaction


def log_verdict(
    *, caller: Caller, project: Project, verdict: Verdict, attribution: Attribution, started: float
) -> Interaction:
    """Store a verdict that something other than the message scan came to. No content is kept."""
    entry = _Entry(caller, project, Direction.INPUT, attribution, verdict, timezone.now())
    return entry.store([], (time.perf_counter() - started) * 1000)


def _verdict_of(redaction: Redaction, policy_version: str) -> Verdict:
    if not redaction.found:
        return Verdict(Decision.ALLOW, reason="No personal data found.", policy_version=policy_version)
    return Verdict(
        Decision.REDACT,
        confidence=1.0,
        threat_type="pii_leak",
        reason=f"Redacted on request: {', '.join(redaction.found)}.",
        policy_version=policy_version,
    )


def _let_through(policy_version: str) -> Verdict:
    broken = UnavailableDetector(detector="engine", reason="internal_error")
    reason = "The guard could not decide; fail_mode is open."
    return Verdict(Decision.ALLOW, reason=reason, unavailable=(broken,), policy_version=policy_version)


@dataclass(frozen=True)
class _Entry:
    """One decision on its way into the log."""

    caller: Caller
    project: Project
    direction: str
    attribution: Attribution
    verdict: Verdict
    created_at: datetime
    given_id: UUID | None = None

    @cached_property
    def id(self) -> UUID:
        """Sorts by the time of the decision, for imported history as well."""
        return self.given_id or uuid7(self.created_at)

    def store(self, texts: Sequence[str], latency_ms: float) -> Interaction:
        private = self._private(texts)
        salt = os.urandom(32)
        document = self._canonical(commitment(salt, canonical(private)).hex())
        interaction = Interaction.objects.create_for(
            self.caller,
            id=self.id,
            project=self.project,
            api_key_id=self._key_id,
            created_at=self.created_at,
            endpoint=self.attribution.endpoint,
            direction=self.direction,
            decision=self.verdict.decision,
            is_flagged=self.is_flagged,
            threat_type=self.verdict.threat_type or "",
            confidence=self.verdict.confidence,
            reason=self.verdict.reason,
            model=self.attribution.model,
            policy_version=self.verdict.policy_version,
            latency_ms=round(latency_ms, 3),
            session_id=self.attribution.session_id,
            content_mode=self.project.kept_content,
            end_user=private["end_user"],
            ip=private["ip"] or None,
            content=seal(orjson.dumps(private["texts"]), content_place(self.id))
            if private["texts"]
            else None,
            salt=salt,
            canonical=document,
            leaf_hash=leaf_hash(document),
        )
        record_interaction(
            organization_id=self.caller.tenant, interaction_id=self.id, leaf_hash=leaf_hash(document)
        )
        self._tell(interaction)
        return interaction

    @property
    def is_flagged(self) -> bool:
        return self.verdict.decision is not Decision.ALLOW or bool(self.verdict.findings)

    @property
    def _key_id(self) -> UUID | None:
        return self.caller.actor.id if self.caller.actor.type is ActorType.API_KEY else None

    def _private(self, texts: Sequence[str]) -> dict[str, Any]:
        """Everything erasable: the texts are what the project's content mode left of them."""
        return {
            "end_user": self.attribution.end_user,
            "ip": self.caller.origin.ip or "",
            "texts": [encodable(text) for text in texts],
        }

    def _canonical(self, private: str) -> bytes:
        return canonical(
            {
                "v": 1,
                "id": str(self.id),
                "org": str(self.caller.tenant),
                "project": str(self.project.id),
                "at": timestamp(self.created_at),
                "endpoint": self.attribution.endpoint,
                "direction": str(self.direction),
                "decision": str(self.verdict.decision),
                "flagged": self.is_flagged,
                "threat": self.verdict.threat_type or "",
                "confidence": repr(float(self.verdict.confidence)),
                "reason": self.verdict.reason,
                "model": self.attribution.model,
                "key": str(self._key_id or ""),
                "policy": self.verdict.policy_version,
                "threats": [threat(finding) for finding in self.verdict.findings],
                "private": private,
            }
        )

    def _tell(self, interaction: Interaction) -> None:
        metrics.DECISIONS.labels(self.verdict.decision).inc()
        if self.verdict.decision is Decision.BLOCK:
            metrics.THREATS_BLOCKED.labels(self.verdict.threat_type or "unknown").inc()
        action = AUDITED.get(self.verdict.decision) or (Action.THREAT_DETECTED if self.is_flagged else None)
        if action:
            record(
                action,
                caller=self.caller,
                targets=[Target("interaction", interaction.id)],
                details={
                    "decision": self.verdict.decision,
                    "threat_type": self.verdict.threat_type or "",
                    "confidence": self.verdict.confidence,
                    "reason": self.verdict.reason,
                    "model": self.attribution.model,
                    "project": self.project.name,
                    "project_id": str(self.project.id),
                    "integrity_hash": interaction.integrity_hash,
                },
            )


def threat(finding: Any) -> dict[str, Any]:
    """A finding as it is hashed: numbers as text, since canonical JSON has no floats; no matched text."""
    return {
        "type": finding.threat_type,
        "detector": finding.detector,
        "rule": finding.rule_id,
        "confidence": f"{finding.confidence:.4f}",
        "status": str(finding.status),
        "details": finding.details,
        **_place(finding),
        **_threshold(finding),
    }


def _place(finding: Any) -> dict[str, Any]:
    """Where the finding is, in characters of the text as it was sent."""
    if finding.location is None:
        return {}
    where = finding.location
    path = [str(step) for step in where.path]
    return {"at": {"in": where.source, "index": where.index, "path": path, "span": [where.start, where.end]}}


def _threshold(finding: Any) -> dict[str, Any]:
    if finding.band is None:
        return {}
    warn, block, score = finding.warn_threshold, finding.block_threshold, finding.score
    numbers = {"warn": warn, "block": block, "score": score}
    shown = {name: f"{number:.4f}" for name, number in numbers.items() if number is not None}
    return {"threshold": {"band": str(finding.band)} | shown}
