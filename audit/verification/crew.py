"""Who verifies: this process, or several, each with a connection and a snapshot of its own."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import connection, connections

from audit import verification
from audit.promptguard_verify import Report
from audit.verification.anchors import AnchorEvidence
from audit.verification.lateness import add_lateness
from audit.verification.remembered import State
from audit.verification.spans import Span

Verified = tuple[Report, State | None]


@dataclass(frozen=True, slots=True)
class Assignment:
    organization_id: UUID
    span: Span | None = None


def verified(assignment: Assignment, evidence: AnchorEvidence) -> Verified:
    """One chain, wrong or late. Call inside `snapshot()`."""
    report, state = verification.walked(assignment.organization_id, evidence, assignment.span)
    if assignment.span is None or assignment.span.last is None:
        with connection.cursor() as cursor:
            add_lateness(cursor, report, evidence.notes(assignment.organization_id))
    return report, state


def verified_by_many(
    assignments: Sequence[Assignment], anchors: str, keys: Sequence[str], jobs: int
) -> list[Verified]:
    """The same for all of them, `jobs` at once; call outside of any transaction, for connections do not survive a fork."""
    connections.close_all()
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as pool:
        return list(pool.map(partial(_verify_alone, anchors, tuple(keys)), assignments))


def _verify_alone(anchors: str, keys: Sequence[str], assignment: Assignment) -> Verified:
    with verification.snapshot():
        return verified(assignment, AnchorEvidence.from_file(anchors, keys))
