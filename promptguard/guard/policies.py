"""Which policy a project runs under: compiled once for each change, and cached in this process.

The project row carries the number of the active version and a mark that each change renews, and every guard
call reads that row. A change is therefore effective with the next request everywhere, without a query of its
own.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils import timezone

from promptguard.core.caller import Caller
from promptguard.core.identifiers import uuid7
from promptguard.guard.engine import Canary, Content, Policy, Verdict, evaluate
from promptguard.guard.engine import Suppression as Silence
from promptguard.guard.models import PolicyVersion
from promptguard.guard.rules import OwnRules, own_rules
from promptguard.projects.models import Project

MOST_CACHED = 1024


@dataclass(frozen=True, slots=True)
class ActivePolicy:
    """What decides: the engine's policy and the project's own rules. `version` names both, for ever."""

    engine: Policy
    rules: OwnRules = field(default_factory=OwnRules)
    number: int = 0
    version: str = ""
    valid_until: datetime | None = None

    @property
    def etag(self) -> str:
        return f'"{self.version}"'

    def judge(self, content: Content) -> Verdict:
        """The verdict on `content`. Raises ContentTooLarge."""
        verdict = evaluate(content, self.engine)
        if self.rules.on_injection:
            verdict = self.rules.react(verdict)
        return replace(verdict, policy_version=self.version)


@lru_cache(maxsize=256)
def preset(use_case: str, strictness: str) -> Policy:
    return Policy.preset(use_case, strictness)


def compiled(
    use_case: str,
    strictness: str,
    guardrails: Mapping[str, Any],
    policies: Sequence[Mapping[str, Any]] = (),
    *,
    suppressions: tuple[Silence, ...] = (),
    number: int = 0,
    canaries: tuple[Canary, ...] = (),
) -> ActivePolicy:
    """Compile settings. Raises PolicyError, naming the field that is wrong."""
    rules = own_rules(policies)
    if guardrails or suppressions or canaries or rules.engine:
        engine = Policy.from_guardrails(
            guardrails, use_case, strictness, suppressions=suppressions, rules=rules.engine, canaries=canaries
        )
    else:
        engine = preset(use_case, strictness)
    return ActivePolicy(engine, rules, number, f"{number}-{_fingerprint(engine, rules)}")


def _fingerprint(engine: Policy, rules: OwnRules) -> str:
    if not rules.on_injection and rules.per_minute is None:
        return engine.version
    parts = [engine.version, [rule.name for rule in rules.on_injection], rules.per_minute]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


_cached: dict[UUID, tuple[tuple[Any, ...], ActivePolicy]] = {}


def active_policy(project: Project) -> ActivePolicy:
    """The policy of `project` as its row says now."""
    key = (project.policy_revision, project.policy_number, project.use_case, project.strictness_level)
    cached_key, policy = _cached.get(project.id, (None, None))
    if policy and cached_key == key and (policy.valid_until is None or policy.valid_until > timezone.now()):
        return policy
    policy = load_policy(project)
    if len(_cached) >= MOST_CACHED:
        _cached.clear()
    _cached[project.id] = (key, policy)
    return policy


def load_policy(project: Project) -> ActivePolicy:
    """The same, compiled anew: for a transaction that may yet be undone."""
    if not project.policy_revision:
        return compiled(project.use_case, project.strictness_level, {})
    version = active_version(project)
    now = timezone.now()
    silenced = [each for each in project.suppressions.order_by("id") if not each.has_expired(now)]
    policy = compiled(
        project.use_case,
        project.strictness_level,
        version.guardrails if version else {},
        version.rules if version else (),
        suppressions=tuple(
            Silence(each.detector, each.rule_id, each.match_sha256 or None) for each in silenced
        ),
        number=project.policy_number,
        canaries=tuple(Canary(each.name, each.token) for each in project.canaries.order_by("id")),
    )
    ends = min((each.expires_at for each in silenced if each.expires_at), default=None)
    return replace(policy, valid_until=ends)


def renew_policy(caller: Caller, project_id: UUID) -> None:
    """Let the next request of every process compile this project's policy anew."""
    Project.objects.for_caller(caller).filter(id=project_id).update(policy_revision=uuid7())


def active_version(project: Project) -> PolicyVersion | None:
    """The row of the active version; None while the project runs under its preset."""
    if not project.policy_number:
        return None
    return project.policy_versions.get(number=project.policy_number)


def compiled_version(version: PolicyVersion) -> ActivePolicy:
    """A version as it would decide by itself, without the project's suppressions."""
    return compiled(
        version.use_case, version.strictness_level, version.guardrails, version.rules, number=version.number
    )
