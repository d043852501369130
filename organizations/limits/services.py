"""Changes to what a tenant may use; each audited with before and after."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.admission import admission_of
from organizations.limits.models import Plane, RateLimitOverride
from organizations.models import Organization
from organizations.plans import PLANS
from promptguard.core.caller import Caller
from promptguard.core.errors import Invalid, NotFound

LONGEST_KEY_LIFE_DAYS = 3650


def override_rate_limit(
    *,
    caller: Caller,
    plane: Plane,
    per_minute: int,
    reason: str,
    burst: int | None = None,
    expires_at: datetime | None = None,
) -> RateLimitOverride:
    """Replace the plan's limit of the caller's organization until `expires_at`. For operators.

    Raises Invalid above the platform's maximum, without a reason, and for an expiry in the past.
    """
    _refuse_excess("per_minute", per_minute)
    _refuse_excess("burst", burst if burst is not None else per_minute)
    if not reason.strip():
        raise Invalid.field("reason", "Say why: the next operator will ask.")
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid.field("expires_at", "Must lie in the future.")
    before = _lift(caller, plane)
    override = RateLimitOverride.objects.create_for(
        caller,
        plane=plane,
        per_minute=per_minute,
        burst=burst,
        reason=reason.strip(),
        created_by_id=caller.actor.id,
        expires_at=expires_at,
    )
    _record(caller, plane, before, override, override.reason)
    return override


def lift_rate_limit(*, caller: Caller, plane: Plane, reason: str = "") -> None:
    """Back to the plan's limit. Raises NotFound when there is no override."""
    before = _lift(caller, plane)
    if before is None:
        raise NotFound()
    _record(caller, plane, before, None, reason)


def _refuse_excess(name: str, value: int) -> None:
    if not 1 <= value <= settings.RATE_LIMIT_MAXIMUM_PER_MINUTE:
        most = settings.RATE_LIMIT_MAXIMUM_PER_MINUTE
        raise Invalid.field(name, f"Must lie between 1 and the platform's maximum, {most}.", "range")


def _lift(caller: Caller, plane: Plane) -> RateLimitOverride | None:
    # The organization's row is the lock: two operators replace one override after the other.
    Organization.objects.select_for_update().get(id=caller.tenant)
    standing = (
        RateLimitOverride.objects.for_caller(caller).filter(plane=plane, lifted_at__isnull=True).first()
    )
    if standing is not None:
        standing.lifted_at = timezone.now()
        standing.save(update_fields=["lifted_at"])
    return standing


def _record(
    caller: Caller,
    plane: Plane,
    before: RateLimitOverride | None,
    after: RateLimitOverride | None,
    reason: str,
) -> None:
    admission_of.forget(caller.tenant)
    record(
        Action.RATE_LIMIT_OVERRIDDEN if after else Action.RATE_LIMIT_RESTORED,
        caller=caller,
        targets=[Target("organization", caller.tenant)],
        before={"plane": str(plane), **_told(before)},
        after={"plane": str(plane), **_told(after)},
        reason=reason,
    )


def _told(override: RateLimitOverride | None) -> dict[str, Any]:
    if override is None:
        return {"per_minute": None, "burst": None, "expires_at": None}
    expires_at = override.expires_at.isoformat() if override.expires_at else None
    return {"per_minute": override.per_minute, "burst": override.burst, "expires_at": expires_at}


def set_retention(*, caller: Caller, organization: Organization, days: int | None) -> Organization:
    """How long interactions are kept; None is as long as the plan allows. Raises Invalid above that."""
    most = PLANS[organization.plan].retention_days
    if days is not None and most is not None and days > most:
        raise Invalid.field(
            "retention_days", f"The {organization.plan} plan keeps at most {most} days.", "range"
        )
    return _set(caller, organization, "retention_days", days, Action.RETENTION_CHANGED)


def set_key_lifetime(*, caller: Caller, organization: Organization, days: int | None) -> Organization:
    """The longest life of API keys made or rotated from now on; None is without end."""
    return _set(caller, organization, "key_lifetime_days", days, Action.ORGANIZATION_UPDATED)


def _set(
    caller: Caller, organization: Organization, column: str, value: int | None, action: Action
) -> Organization:
    before = getattr(organization, column)
    setattr(organization, column, value)
    organization.save(update_fields=[column])
    target = Target("organization", organization.id)
    record(action, caller=caller, targets=[target], before={column: before}, after={column: value})
    return organization
