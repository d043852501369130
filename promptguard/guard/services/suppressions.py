"""Silencing a rule for a project, with a reason, and letting it speak again."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict, Invalid
from promptguard.guard.models import Suppression
from promptguard.guard.policies import renew_policy
from promptguard.projects.models import Project

# The detectors whose findings nobody may silence (FindingRule.suppressible in the contract).
NEVER_SUPPRESSIBLE = frozenset({"secrets", "canary", "custom", "mcp", "injection_model"})


class AlreadySuppressed(Conflict):
    code = "already_suppressed"
    message = "This rule is silenced already."


def suppress(
    *,
    caller: Caller,
    project: Project,
    detector: str,
    rule_id: str,
    reason: str,
    match_sha256: str = "",
    expires_at: datetime | None = None,
) -> Suppression:
    """Silence a rule of a detector, from the next request on, until `expires_at`.

    Raises Invalid (a detector that must not be silenced, an expiry in the past), AlreadySuppressed.
    """
    if detector in NEVER_SUPPRESSIBLE:
        raise Invalid.field("detector", "Findings of this detector cannot be silenced.")
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid.field("expires_at", "Must lie in the future.")
    try:
        with transaction.atomic():
            made = Suppression.objects.create_for(
                caller,
                project=project,
                detector=detector,
                rule_id=rule_id,
                match_sha256=match_sha256,
                reason=reason,
                expires_at=expires_at,
                created_by_id=caller.actor.id,
            )
    except IntegrityError as error:
        raise AlreadySuppressed() from error
    _tell(caller, project, Action.SUPPRESSION_CREATED, made)
    return made


def unsuppress(*, caller: Caller, suppression: Suppression) -> None:
    """The rule decides again from the next request on."""
    _tell(caller, suppression.project, Action.SUPPRESSION_DELETED, suppression)
    suppression.delete()


def _tell(caller: Caller, project: Project, action: Action, suppression: Suppression) -> None:
    renew_policy(caller, project.id)
    record(
        action,
        caller=caller,
        targets=[Target("project", project.id)],
        details={
            "detector": suppression.detector,
            "rule": suppression.rule_id,
            "match_sha256": suppression.match_sha256,
            "expires_at": suppression.expires_at,
        },
        reason=suppression.reason,
    )
