"""Verifying in the database: one consistent snapshot, streamed through the offline verifier's own walk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from audit.models import GLOBAL_LOG_ID
from audit.promptguard_verify import CLEAN, Report
from audit.verification.anchors import AnchorEvidence
from audit.verification.chain import DatabaseVerifier
from audit.verification.remembered import State
from audit.verification.spans import Span
from promptguard.core.tenancy import platform_scope

# Rooms above this one that keep rows of their own whose leaves the chain has sealed; this one may not import them.
_NEIGHBOURS: list[Callable[[UUID, Report], None]] = []

ORGANIZATIONS = """
SELECT org_id FROM audit_head UNION SELECT org_id FROM audit_checkpoint UNION SELECT org_id FROM audit_prune
UNION SELECT DISTINCT org_id FROM audit_event ORDER BY 1
"""


@contextmanager
def snapshot() -> Iterator[None]:
    """One moment of the whole database, so that a moving tail is never mistaken for tampering."""
    if connection.in_atomic_block:
        with platform_scope():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with platform_scope():
            yield


def known_organizations() -> list[UUID]:
    """Everybody who has, or is said to have, a chain; a wiped log must not disappear from the list."""
    with connection.cursor() as cursor:
        cursor.execute(ORGANIZATIONS)
        return [
            organization_id for (organization_id,) in cursor.fetchall() if organization_id != GLOBAL_LOG_ID
        ]


def verify_organization(
    organization_id: UUID, evidence: AnchorEvidence | None = None, *, span: Span | None = None
) -> Report:
    """All findings about one chain, or about the part of it that `span` names. Call inside `snapshot()`."""
    return walked(organization_id, evidence or AnchorEvidence([]), span)[0]


def walked(organization_id: UUID, evidence: AnchorEvidence, span: Span | None = None) -> tuple[Report, State | None]:
    """The report, and where a later run may go on: at the last anchor that this one passed."""
    verifier = DatabaseVerifier(organization_id, evidence.keys, evidence.notes(organization_id), span)
    report = verifier.run()
    for compare in _NEIGHBOURS if span is None else ():
        compare(organization_id, report)
    return report, verifier.walk.anchored_state() if report.exit_code() == CLEAN else None


def also_verify(compare: Callable[[UUID, Report], None]) -> None:
    """Have `compare` add its findings about an organization's own rows to each report, inside the same snapshot."""
    if compare not in _NEIGHBOURS:
        _NEIGHBOURS.append(compare)


def every_organization(evidence: AnchorEvidence) -> list[UUID]:
    """Whoever has a chain, or is known to the anchors to have had one."""
    return sorted({*known_organizations(), *evidence.organizations()})


def verify_everything(evidence: AnchorEvidence) -> list[Report]:
    """A report on every chain that exists or is known to the anchors, and on the global log where it is broken."""
    reports = [verify_organization(each, evidence) for each in every_organization(evidence)]
    return reports + [evidence.report] * bool(evidence.report.findings)
