"""Deciding by an access list, and changing one; each change audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Caller, system_caller
from promptguard.core.clientip import contains, networks
from promptguard.core.errors import Conflict, Forbidden
from promptguard.core.recent import Recent
from promptguard.core.tenancy import organization_scope
from promptguard.projects.access.models import AccessRule
from promptguard.projects.models import Project

MOST_RULES = 1_000
ADDRESSES = (AccessRule.Target.IP, AccessRule.Target.IP_CIDR)


class AccessListBlock(Forbidden):
    code, type = "access_list_block", "permission_error"
    message = "This project's access list does not let the request through."


class RuleExists(Conflict):
    code = "access_rule_exists"
    message = "There is such a rule already."


class TooManyRules(Conflict):
    code = "too_many_access_rules"
    message = f"An organization has at most {MOST_RULES} access rules."


@dataclass(frozen=True, slots=True)
class Rule:
    """An active rule as the hot path needs it; `project_id` None counts in every project."""

    project_id: UUID | None
    is_block: bool
    target_type: str
    value: str

    def matches(self, ip: str | None, end_user: str, country: str) -> bool:
        """An address that cannot be known matches every block, and no allowance, by address."""
        if self.target_type in ADDRESSES:
            return self.is_block if ip is None else contains(networks((self.value,)), ip)
        return self.value == (end_user if self.target_type == AccessRule.Target.END_USER else country)


def is_admitted(rules: Sequence[Rule], ip: str | None, end_user: str, country: str) -> bool:
    """Block wins; any allow rule flips the list to default-deny (contract, section 2)."""
    if any(rule.is_block and rule.matches(ip, end_user, country) for rule in rules):
        return False
    allowing = [rule for rule in rules if not rule.is_block]
    return not allowing or any(rule.matches(ip, end_user, country) for rule in allowing)


def admit(*, caller: Caller, project: Project, end_user: str) -> None:
    """For the guard plane, before anything is scanned. Raises AccessListBlock."""
    rules = [rule for rule in rules_of(caller.tenant) if rule.project_id in (None, project.id)]
    if not is_admitted(rules, caller.origin.ip, end_user, caller.origin.country):
        raise AccessListBlock()


def _load(organization_id: UUID) -> tuple[Rule, ...]:
    with organization_scope(organization_id):
        rows = AccessRule.objects.for_caller(system_caller(organization_id)).filter(is_active=True)
        return tuple(
            Rule(row.project_id, row.list == AccessRule.List.BLOCK, row.target_type, row.value)
            for row in rows
        )


rules_of: Recent[UUID, tuple[Rule, ...]] = Recent(_load)


def create_rule(*, caller: Caller, project: Project | None, **columns: Any) -> AccessRule:
    """A rule of `project`, or of the organization. Raises RuleExists, TooManyRules."""
    if AccessRule.objects.for_caller(system_caller(caller.tenant)).count() >= MOST_RULES:
        raise TooManyRules()
    try:
        with transaction.atomic():
            rule = AccessRule.objects.create_for(
                caller, project=project, created_by_id=caller.actor.id, **columns
            )
    except IntegrityError as error:
        raise RuleExists() from error
    _record(Action.ACCESS_RULE_CREATED, caller, rule, after=_told(rule))
    return rule


def update_rule(*, caller: Caller, rule: AccessRule, changes: Mapping[str, Any]) -> AccessRule:
    """Switch a rule on or off, or change its note."""
    before = _told(rule)
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.save(update_fields=list(changes))
    _record(Action.ACCESS_RULE_UPDATED, caller, rule, before=before, after=_told(rule))
    return rule


def delete_rule(*, caller: Caller, rule: AccessRule) -> None:
    _record(Action.ACCESS_RULE_DELETED, caller, rule, before=_told(rule))
    rule.delete()


def _told(rule: AccessRule) -> dict[str, Any]:
    """For the audit log: an address or end user in it could never be erased again, so it names neither."""
    project_id = str(rule.project_id) if rule.project_id else None
    return {
        "list": rule.list,
        "target_type": rule.target_type,
        "is_active": rule.is_active,
        "project_id": project_id,
    }


def _record(action: Action, caller: Caller, rule: AccessRule, **told: Any) -> None:
    rules_of.forget(caller.tenant)
    record(action, caller=caller, targets=[Target("access_rule", rule.id)], **told)
