"""The whole export as one JSON value, for accounts small enough."""

from datetime import UTC, datetime
from typing import Any

from audit.models import AuditEvent, DataSubject
from compliance.export.package import SCHEMA_VERSION, article_15
from compliance.export.sections import exported_holdings, sections
from compliance.holdings import own_rows
from compliance.subjects import Subject
from promptguard.core.tenancy import platform_scope

READ_AT_ONCE = 2000


def size(subject: Subject) -> int:
    """How many rows an export holds, about: what decides between an answer and a job."""
    with platform_scope():
        known = (
            DataSubject.all_tenants.filter(subject.chains)
            if subject.chains
            else DataSubject.all_tenants.none()
        )
        refs = list(known.values_list("subject_ref", flat=True))
        events = AuditEvent.all_tenants.filter(
            organization_id__in=known.values("organization_id"), actor_ref__in=refs
        )
        return events.count() + sum(own_rows(held, subject).count() for held in exported_holdings(subject))


def document(subject: Subject) -> dict[str, Any]:
    """One JSON-serialisable value."""
    with platform_scope():
        told: dict[str, Any] = {each.name: list(each.rows(READ_AT_ONCE)) for each in sections(subject)}
    profile = told.pop("profile", ())
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": datetime.now(UTC),
        "profile": profile[0] if profile else None,
        **told,
        "article_15": article_15(subject),
    }
