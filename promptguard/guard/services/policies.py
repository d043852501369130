"""Changing a project's policy: versions are only ever added, and one of them is active."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.canonical import canonical, simplify
from promptguard.core.errors import DomainError, Invalid, NotFound
from promptguard.core.identifiers import uuid7
from promptguard.guard.engine import PolicyError
from promptguard.guard.models import PolicyVersion
from promptguard.guard.policies import (
    ActivePolicy,
    active_policy,
    active_version,
    compiled,
    compiled_version,
    load_policy,
    preset,
)
from promptguard.guard.rules import described
from promptguard.projects.models import Project

MOST_POLICIES = 100


class PolicyChanged(DomainError):
    status, code, type = 412, "precondition_failed", "conflict_error"
    message = "The policy has changed since you read it: fetch it again, and send its new ETag in If-Match."


@dataclass(frozen=True)
class Draft:
    """What a new version shall say. None takes over what is active now."""

    guardrails: Mapping[str, Any] | None = None
    rules: Sequence[Mapping[str, Any]] | None = None
    use_case: str | None = None
    strictness_level: str | None = None
    note: str = ""
    based_on: int | None = None


def draft_policy(*, caller: Caller, project: Project, draft: Draft) -> PolicyVersion:
    """A new version that is not active yet. Raises Invalid for guardrails that do not compile."""
    version = _add_version(caller, _locked(caller, project), draft)
    record(
        Action.POLICY_DRAFTED,
        caller=caller,
        targets=[Target("project", project.id)],
        after={"version": version.number, "based_on": version.based_on, "fingerprint": version.fingerprint},
    )
    return version


def activate_policy(
    *, caller: Caller, project: Project, version: PolicyVersion, if_match: str = ""
) -> Project:
    """Make `version` decide from the next request on. Raises PolicyChanged."""
    return _switch(caller, project, if_match, Action.POLICY_ACTIVATED, lambda _: version)


def replace_guardrails(
    *, caller: Caller, project: Project, guardrails: Mapping[str, Any], if_match: str = ""
) -> Project:
    """A new, active version with these guardrails; those left out follow the preset.

    Raises Invalid, PolicyChanged.
    """
    draft = Draft(guardrails=guardrails)
    return _switch(caller, project, if_match, Action.POLICY_ACTIVATED, _adding(caller, draft))


def roll_back_policy(*, caller: Caller, project: Project, number: int, if_match: str = "") -> Project:
    """A new, active version that says what version `number` said; 0 is the bare preset.

    Raises NotFound, PolicyChanged.
    """
    old = PolicyVersion.objects.for_caller(caller).filter(project=project, number=number).first()
    if old is None and number:
        raise NotFound("This project has no policy version of that number.")
    note = f"Rolled back to version {number}."
    if old is None:
        draft = Draft({}, (), note=note, based_on=0)
    else:
        draft = Draft(old.guardrails, old.rules, old.use_case, old.strictness_level, note, number)
    return _switch(caller, project, if_match, Action.POLICY_ROLLED_BACK, _adding(caller, draft))


def add_policy(
    *, caller: Caller, project: Project, policy: Mapping[str, Any], if_match: str = ""
) -> dict[str, Any]:
    """One more policy of the project's own, active at once in a new version. Raises Invalid, PolicyChanged."""
    document = {"id": str(uuid7()), **policy}

    def with_policy(locked: Project) -> PolicyVersion:
        current = _rules(locked)
        if len(current) >= MOST_POLICIES:
            raise Invalid.field("name", f"A project has at most {MOST_POLICIES} policies of its own.")
        return _add_version(caller, locked, Draft(rules=[*current, document]))

    _switch(caller, project, if_match, Action.POLICY_ACTIVATED, with_policy)
    return document


def remove_policy(*, caller: Caller, project: Project, policy_id: str, if_match: str = "") -> None:
    """A new version without this policy. Raises NotFound, PolicyChanged."""

    def without_policy(locked: Project) -> PolicyVersion:
        current = _rules(locked)
        rest = [policy for policy in current if policy["id"] != policy_id]
        if len(rest) == len(current):
            raise NotFound()
        return _add_version(caller, locked, Draft(rules=rest))

    _switch(caller, project, if_match, Action.POLICY_ACTIVATED, without_policy)


def _rules(project: Project) -> list[dict[str, Any]]:
    version = active_version(project)
    return list(version.rules) if version else []


def _adding(caller: Caller, draft: Draft) -> Callable[[Project], PolicyVersion]:
    return lambda locked: _add_version(caller, locked, draft)


def _locked(caller: Caller, project: Project) -> Project:
    """The row as it is now, kept from others until the end of the transaction."""
    return Project.objects.for_caller(caller).select_for_update().get(id=project.id)


def _switch(
    caller: Caller,
    project: Project,
    if_match: str,
    action: Action,
    choose: Callable[[Project], PolicyVersion],
) -> Project:
    locked = _locked(caller, project)
    before = active_policy(locked)
    refuse_stale(before, if_match)
    version = choose(locked)
    locked.policy_number = version.number
    locked.use_case, locked.strictness_level = version.use_case, version.strictness_level
    locked.policy_revision = uuid7()
    locked.save(update_fields=["policy_number", "policy_revision", "use_case", "strictness_level"])
    after = load_policy(locked)
    record(
        action,
        caller=caller,
        targets=[Target("project", project.id)],
        before={"version": before.number, "policy": before.version},
        after={"version": after.number, "policy": after.version},
        details={"changes": audited_changes(before, after), "based_on": version.based_on},
    )
    return locked


def refuse_stale(policy: ActivePolicy, if_match: str) -> None:
    """If-Match as RFC 9110 13.1.1: any of the listed tags, or `*`. Raises PolicyChanged."""
    tags = {tag.strip().removeprefix("W/") for tag in if_match.split(",") if tag.strip()}
    if tags and not tags & {"*", policy.etag}:
        raise PolicyChanged()


def _add_version(caller: Caller, project: Project, draft: Draft) -> PolicyVersion:
    current = active_version(project)
    use_case = draft.use_case or project.use_case
    strictness = draft.strictness_level or project.strictness_level
    guardrails = draft.guardrails if draft.guardrails is not None else current.guardrails if current else {}
    rules = draft.rules if draft.rules is not None else current.rules if current else []
    guardrails = _differing(use_case, strictness, guardrails, rules)
    rows = PolicyVersion.objects.for_caller(caller).filter(project=project)
    return PolicyVersion.objects.create_for(
        caller,
        project=project,
        number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1,
        based_on=project.policy_number if draft.based_on is None else draft.based_on,
        use_case=use_case,
        strictness_level=strictness,
        guardrails=guardrails,
        rules=list(rules),
        note=draft.note,
        fingerprint=_fingerprint([use_case, strictness, guardrails, rules]),
        author_id=caller.actor.id,
    )


def _differing(
    use_case: str, strictness: str, guardrails: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Only what the preset does not already say, so that the rest follows the preset."""
    try:
        wanted = compiled(use_case, strictness, guardrails, rules).engine.guardrails()
    except PolicyError as error:
        raise invalid_policy(error) from error
    usual = preset(use_case, strictness).guardrails()
    changed = {
        name: {key: value for key, value in settings.items() if value != usual[name][key]}
        for name, settings in wanted.items()
    }
    return {name: settings for name, settings in changed.items() if settings}


def invalid_policy(error: PolicyError) -> Invalid:
    """The same complaint without anything the caller sent: an unknown name is not repeated."""
    usual = preset("default", "moderate").guardrails()
    loc: list[str] = ["body"]
    inside: dict[str, Any] = usual | {"rules": {"value": {}, "condition": {}, "action": {}}}
    for step in error.field.split("."):
        if step.isdigit():
            continue
        if step != "guardrails" and step not in inside:
            break
        loc.append(step)
        inside = (
            inside.get(step, {}) if step != "guardrails" and isinstance(inside.get(step), dict) else inside
        )
    message = "Has unknown names." if error.message.startswith("unknown") else f"{error.message}."
    return Invalid([{"loc": loc, "msg": message[0].upper() + message[1:], "type": "value_error"}])


def _fingerprint(parts: Any) -> str:
    return hashlib.sha256(canonical(simplify(parts))).hexdigest()


def with_identifiers(given: Mapping[str, Any]) -> dict[str, Any]:
    """A draft's own policies get the ids by which findings will name them."""
    rules = given.get("rules")
    return dict(given) | (
        {} if rules is None else {"rules": [{"id": str(uuid7()), **each} for each in rules]}
    )


def version_changes(before: PolicyVersion | None, after: PolicyVersion) -> list[dict[str, Any]]:
    """What `after` says differently; without `before`, differently from its own preset."""
    usual = compiled(after.use_case, after.strictness_level, {})
    return changes_between(compiled_version(before) if before else usual, compiled_version(after))


def audited_changes(before: ActivePolicy, after: ActivePolicy) -> list[dict[str, Any]]:
    """What differs, for the chain: settings by path; of rules only kinds, since their values may name people."""
    return [
        change if change["path"].startswith("guardrails.") else change | {"before": None, "after": None}
        for change in changes_between(before, after)
    ]


def changes_between(before: ActivePolicy, after: ActivePolicy) -> list[dict[str, Any]]:
    """`{path, before, after}` for each setting and rule that differs."""
    left, right = _flat(before), _flat(after)
    return [
        {"path": path, "before": left.get(path), "after": right.get(path)}
        for path in sorted({*left, *right})
        if left.get(path) != right.get(path)
    ]


def _flat(policy: ActivePolicy) -> dict[str, Any]:
    settings = {
        f"guardrails.{name}.{key}": value
        for name, inner in policy.engine.guardrails().items()
        for key, value in inner.items()
    }
    settings |= described(policy.rules)
    for each in policy.engine.suppressions:
        settings[f"suppressions.{each.detector}.{each.rule_id}"] = each.match_sha256 or "every text"
    settings |= {f"canaries.{each.name}": "planted" for each in policy.engine.canaries}
    return settings
