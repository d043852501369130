"""Choosing how long records stay."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.holds import set_retention as set_audit_retention
from audit.services import record
from compliance.retention.models import RetentionSetting
from compliance.retention.selectors import INTERACTIONS, maximum_days
from organizations.limits.services import set_retention as set_interaction_retention
from organizations.models import Organization
from promptguard.core.caller import Caller
from promptguard.core.errors import Invalid
from promptguard.core.privacy import lifetimes

LONGEST_DAYS = 3650


def change(
    *,
    caller: Caller,
    organization: Organization,
    days: Mapping[str, int | None] | None = None,
    audit_class: str | None = None,
    audit_locked_until: datetime | None = None,
) -> None:
    """Set the days of some kinds (None: as long as the installation keeps them), and the class of audit events.

    Raises Invalid for a kind that does not exist or cannot be set and for days beyond the maximum, Conflict while
    the audit class is locked. All or nothing: the caller's transaction is.
    """
    for kind, wanted in (days or {}).items():
        _check(organization, kind, wanted)
        if kind == INTERACTIONS:
            set_interaction_retention(caller=caller, organization=organization, days=wanted)
        else:
            _set(caller, kind, wanted)
    if audit_class is not None:
        set_audit_retention(caller=caller, retention_class=audit_class, locked_until=audit_locked_until)


def _check(organization: Organization, kind: str, wanted: int | None) -> None:
    lifetime = lifetimes().get(kind)
    if lifetime is None or not lifetime.is_settable:
        settable = sorted(each.kind for each in lifetimes().values() if each.is_settable)
        raise Invalid.field("days", f"The kinds that can be set are {', '.join(settable)}.", "unknown_kind")
    most = maximum_days(lifetime, organization)
    if wanted is not None and most is not None and wanted > most:
        raise Invalid.field("days", f"{kind}: at most {most} days here.", "range")


def _set(caller: Caller, kind: str, wanted: int | None) -> None:
    rows = RetentionSetting.objects.for_caller(caller).filter(kind=kind)
    before = rows.values_list("days", flat=True).first()
    if wanted is None:
        rows.delete()
    elif not rows.update(days=wanted, set_by_id=caller.actor.id, set_at=timezone.now()):
        RetentionSetting.objects.create_for(caller, kind=kind, days=wanted, set_by_id=caller.actor.id)
    told: dict[str, Any] = {"before": {kind: before}, "after": {kind: wanted}}
    target = Target("organization", caller.tenant)
    record(Action.RETENTION_CHANGED, caller=caller, targets=[target], **told)
