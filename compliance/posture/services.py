"""Looking, remembering what was found, and telling it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from compliance.posture.catalogue import CHECKS, CONFIGURED
from compliance.posture.check import Check, Outcome, Severity, unknown
from compliance.posture.models import PostureResult
from promptguard.core import metrics
from promptguard.core.recent import Recent
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)
Status = PostureResult.Status
SEVERITIES = list(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check and what it found now."""

    check: Check
    outcome: Outcome


def look(organization_id: UUID | None = None) -> list[Finding]:
    """Every check, about the installation and one organization or all; the gravest failures first."""
    with platform_scope():
        found = [Finding(check, _look(check, organization_id)) for check in CHECKS]
    order = {Status.FAIL: 0, Status.UNKNOWN: 1, Status.PASS: 2}
    return sorted(
        found, key=lambda each: (order[Status(each.outcome.status)], SEVERITIES.index(each.check.severity))
    )


def _look(check: Check, organization_id: UUID | None) -> Outcome:
    try:
        with transaction.atomic():
            return check.look(organization_id)
    except (DatabaseError, OSError) as error:
        log.warning("posture_check_failed", check=check.id, error=type(error).__name__)
        return unknown(f"could not be looked at: {type(error).__name__}")


def remember(now: datetime | None = None) -> list[Finding]:
    """Look at everything and keep what was found; a check that turned to failing is counted."""
    now, found = now or timezone.now(), look()
    with platform_scope():
        known = {row.check_id: row for row in PostureResult.objects.select_for_update()}
        rows = [_remembered(finding, known.get(finding.check.id), now) for finding in found]
        columns = ["status", "since", "violations", "detail", "checked_at"]
        PostureResult.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["check_id"], update_fields=columns
        )
        PostureResult.objects.exclude(check_id__in=[check.id for check in CHECKS]).delete()
    return found


def _remembered(finding: Finding, row: PostureResult | None, now: datetime) -> PostureResult:
    outcome = finding.outcome
    if row is None:
        row = PostureResult(check_id=finding.check.id, status=Status.UNKNOWN, since=now)
    if row.status != outcome.status:
        row.violations += outcome.status == Status.FAIL
        row.since = now
    row.status, row.detail, row.checked_at = Status(outcome.status), outcome.detail[:500], now
    return row


def publish_configuration() -> None:
    """Before there is a database: `promptguard_compliance_status` of what the configuration says of itself."""
    for check in CONFIGURED:
        _tell(check.id, check.look(None).status)
    for check in CHECKS:
        metrics.COMPLIANCE_VIOLATIONS.labels(check.id)


def _tell(check_id: str, status: str) -> None:
    if status != Status.UNKNOWN:
        metrics.COMPLIANCE_STATUS.labels(check_id).set(1 if status == Status.PASS else 0)


def publish() -> None:
    """Put what was found last into the metrics of this process; looks at most every ten seconds."""
    try:
        _published("all")
    except DatabaseError as error:  # metrics are asked for most when something is broken
        log.warning("posture_not_published", error=type(error).__name__)


def _publish(_name: str) -> None:
    with platform_scope():
        for row in PostureResult.objects.all():
            _tell(row.check_id, row.status)
            if row.published < row.violations:
                _count(row)


def _count(row: PostureResult) -> None:
    """Each violation is counted by one process only, whichever comes first."""
    mine = PostureResult.objects.filter(check_id=row.check_id, published=row.published)
    if mine.update(published=F("published") + (row.violations - row.published)):
        metrics.COMPLIANCE_VIOLATIONS.labels(row.check_id).inc(row.violations - row.published)


_published: Recent[str, None] = Recent(_publish, seconds=10.0)


def told(findings: Iterable[Finding], *, to_operator: bool) -> list[dict[str, object]]:
    """As documents and doors show them. Where exactly an installation is weak is its operators' to know."""
    return [
        {
            "id": each.check.id,
            "title": each.check.title,
            "status": each.outcome.status,
            "severity": str(each.check.severity),
            "about": "installation" if each.check.is_platforms else "organization",
            "detail": each.outcome.detail if to_operator or not each.check.is_platforms else "",
            "meaning": each.check.meaning,
            "fix": each.check.fix,
            "references": list(each.check.references),
        }
        for each in findings
    ]


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """How many passed, failed, and could not be told."""
    statuses = [each.outcome.status for each in findings]
    return {name: statuses.count(name) for name in Status.values}
