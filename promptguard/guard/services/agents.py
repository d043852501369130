"""What agents may do: registration, calls, behaviour, memory, traces. Every judgement leaves an interaction."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.crypto import random_token, same, token_hash
from promptguard.core.errors import NotFound, TooLarge, Unauthenticated
from promptguard.guard.engine import ContentTooLarge, Decision, Finding, Verdict
from promptguard.guard.engine.agents import (
    ManifestReport,
    MemoryVerdict,
    ToolVerdict,
    scan_manifest,
    scan_memory,
    validate_tool,
)
from promptguard.guard.engine.agents import ToolProfile as EngineProfile
from promptguard.guard.engine.agents.manifest import ManifestTooLarge
from promptguard.guard.engine.threats import severity_of
from promptguard.guard.models import Agent, Interaction, ToolCall, ToolProfile
from promptguard.guard.policies import active_policy
from promptguard.guard.services.screening import Attribution, log_verdict
from promptguard.projects.models import Project

ANOMALOUS_RISK = 0.6
PROFILE_FIELDS = ("allowed_tools", "blocked_tools", "approval_tools")


class WrongAgentSecret(Unauthenticated):
    code = "invalid_agent_secret"
    message = "The agent's secret is not valid."


@dataclass(frozen=True, slots=True)
class Credential:
    """An agent and its secret, which nobody can read again."""

    agent: Agent
    secret: str


def register_agent(
    *, caller: Caller, project: Project, name: str, allowed_tools: Sequence[str] | None = None
) -> Credential:
    """A new agent with a secret. With `allowed_tools` it may call these tools only."""
    prefix, secret = _new_secret()
    agent = Agent.objects.create_for(
        caller,
        project=project,
        name=name,
        credential_prefix=prefix,
        secret_hash=token_hash(secret),
        allowed_tools=None if allowed_tools is None else list(allowed_tools),
    )
    record(
        Action.AGENT_REGISTERED,
        caller=caller,
        targets=[Target("agent", agent.id)],
        after={"prefix": prefix, "allowed_tools": agent.allowed_tools, "project_id": str(project.id)},
    )
    return Credential(agent, secret)


def rotate_credential(*, caller: Caller, agent: Agent) -> Credential:
    """A new secret; the old one stops at once."""
    before = agent.credential_prefix
    agent.credential_prefix, secret = _new_secret()
    agent.secret_hash, agent.rotated_at = token_hash(secret), timezone.now()
    agent.save(update_fields=["credential_prefix", "secret_hash", "rotated_at"])
    record(
        Action.AGENT_CREDENTIAL_ROTATED,
        caller=caller,
        targets=[Target("agent", agent.id)],
        before={"prefix": before},
        after={"prefix": agent.credential_prefix},
    )
    return Credential(agent, secret)


def _new_secret() -> tuple[str, str]:
    secret = f"pga_{random_token()}"
    return secret[:12], secret


def replace_profile(*, caller: Caller, project: Project, changes: Mapping[str, list[str]]) -> EngineProfile:
    """Say which tools the project's agents may call; lists that are left out stay as they are."""
    before = _lists(profile_of(caller, project))
    after = before | {name: sorted(set(tools)) for name, tools in changes.items()}
    with transaction.atomic():
        ToolProfile.objects.for_caller(caller).filter(project=project).delete()
        ToolProfile.objects.create_for(caller, project=project, **after)
    target = Target("project", project.id)
    record(Action.TOOL_PROFILE_CHANGED, caller=caller, targets=[target], before=before, after=after)
    return profile_of(caller, project)


def profile_of(caller: Caller, project: Project) -> EngineProfile:
    """The project's lists, else the engine's defaults (contract 1.6)."""
    row = ToolProfile.objects.for_caller(caller).filter(project=project).first()
    if row is None:
        return EngineProfile()
    return EngineProfile(
        frozenset(row.allowed_tools), frozenset(row.blocked_tools), frozenset(row.approval_tools)
    )


def _lists(profile: EngineProfile) -> dict[str, list[str]]:
    return {name: sorted(getattr(profile, name)) for name in PROFILE_FIELDS}


def judge_call(
    *,
    caller: Caller,
    project: Project,
    agent_ref: str,
    tool_name: str,
    arguments: Mapping[str, Any],
    attribution: Attribution,
    secret: str = "",
) -> ToolVerdict:
    """May this agent call this tool with these arguments? Raises WrongAgentSecret for a secret that is not its own."""
    started, agent = time.perf_counter(), registered(caller, project, agent_ref)
    if secret and (agent is None or not same(bytes(agent.secret_hash), token_hash(secret))):
        raise WrongAgentSecret()
    profile = profile_of(caller, project)
    if agent and agent.allowed_tools is not None:
        # An agent that may call nothing has an empty list; to the engine an empty list means everything.
        profile = replace(profile, allowed_tools=frozenset(agent.allowed_tools) or frozenset({""}))
    policy = active_policy(project)
    judged = validate_tool(tool_name, arguments, policy.engine, profile)
    ToolCall.objects.create_for(
        caller,
        project=project,
        agent_ref=agent_ref,
        tool_name=tool_name,
        is_allowed=judged.allowed,
        is_anomalous=judged.risk_score >= ANOMALOUS_RISK,
        risk_score=judged.risk_score,
    )
    verdict = _verdict(
        "tools",
        allowed=judged.allowed,
        score=judged.risk_score,
        reason=judged.reason,
        policy_version=policy.version,
    )
    log_verdict(caller=caller, project=project, verdict=verdict, attribution=attribution, started=started)
    return judged


def registered(caller: Caller, project: Project, agent_ref: str) -> Agent | None:
    """The registered agent of that id; applications may also use ids of their own that nobody registered."""
    try:
        identifier = UUID(agent_ref)
    except ValueError:
        return None
    return Agent.objects.for_caller(caller).filter(project=project, id=identifier).first()


def one_registered(caller: Caller, project: Project, agent_ref: str) -> Agent:
    """Raises NotFound."""
    agent = registered(caller, project, agent_ref)
    if agent is None:
        raise NotFound()
    return agent


def judge_memory(
    *, caller: Caller, project: Project, content: str, direction: str, attribution: Attribution
) -> tuple[MemoryVerdict, Interaction]:
    """May this be written into, or used from, an agent's memory? Raises TooLarge."""
    started, policy = time.perf_counter(), active_policy(project)
    try:
        judged = scan_memory(content, direction, policy.engine)
    except ContentTooLarge as error:
        raise TooLarge("The entry exceeds what the guard can scan.") from error
    allowed = judged.decision is not Decision.BLOCK
    rule = judged.rule or ("memory" if judged.detected else "")
    verdict = _verdict(
        "memory",
        allowed=allowed,
        score=judged.confidence,
        reason=judged.reason,
        policy_version=policy.version,
        threat_type="memory_poisoning",
        rule=rule,
    )
    interaction = log_verdict(
        caller=caller, project=project, verdict=verdict, attribution=attribution, started=started
    )
    return judged, interaction


def judge_manifest(
    *,
    tools: Sequence[Mapping[str, Any]],
    pin: str | None,
    other_servers: Sequence[Mapping[str, Any]],
) -> ManifestReport:
    """Scan what a tool server says about its tools. Raises TooLarge."""
    names = {each["name"]: [tool["name"] for tool in each["tools"]] for each in other_servers}
    try:
        return scan_manifest(tools, pin, names)
    except ManifestTooLarge as error:
        raise TooLarge("The manifest exceeds 500 tools or 131072 characters.") from error


def _verdict(
    detector: str,
    *,
    allowed: bool,
    score: float,
    reason: str,
    policy_version: str,
    threat_type: str = "policy_violation",
    rule: str = "",
) -> Verdict:
    """What another judge said, as a verdict that the log can hold."""
    rule = rule or reason.rpartition(": ")[2].replace(" ", "_")[:100]
    finding = Finding(
        threat_type=threat_type,
        detector=detector,
        rule_id=rule,
        confidence=round(score, 4),
        severity=severity_of(threat_type),
        details=reason,
        guardrail="tool_injection",
        action=None if allowed else "block",
    )
    is_noted = not allowed or score >= ANOMALOUS_RISK
    return Verdict(
        Decision.ALLOW if allowed else Decision.BLOCK,
        reason=reason[:1].upper() + reason[1:] + ".",
        confidence=finding.confidence,
        weighted_score=finding.weighted_score if is_noted else None,
        threat_type=None if allowed else threat_type,
        findings=(finding,) if is_noted else (),
        policy_version=policy_version,
        deciding=finding if is_noted else None,
    )
