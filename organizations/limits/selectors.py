"""Reads about limits and retention."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from organizations.admission import admission_of
from organizations.limits.models import Plane, RateLimitOverride
from organizations.models import Organization
from organizations.plans import PLANS
from promptguard.core.caller import Caller


def rate_limits(caller: Caller, organization: Organization) -> dict[str, Any]:
    """Each plane's limit, where it comes from, and why."""
    standing = RateLimitOverride.standing(RateLimitOverride.objects.for_caller(caller), timezone.now())
    overrides = {override.plane: override for override in standing}
    rates = admission_of(caller.tenant).rates
    return {
        "plan": organization.plan,
        "maximum_per_minute": settings.RATE_LIMIT_MAXIMUM_PER_MINUTE,
        "limits": [
            {
                "plane": plane,
                "per_minute": rates[plane].per_minute,
                "burst": rates[plane].burst,
                "source": rates[plane].source,
                "reason": overrides[plane].reason if plane in overrides else None,
                "expires_at": overrides[plane].expires_at if plane in overrides else None,
            }
            for plane in Plane.values
        ],
    }


def retention_days(organization: Organization) -> int | None:
    """How many days interactions are kept: the setting, within the plan; None is without end."""
    most = PLANS[organization.plan].retention_days
    bounds = [days for days in (organization.retention_days, most) if days is not None]
    return min(bounds, default=None)


def retention(organization: Organization) -> dict[str, Any]:
    return {
        "retention_days": organization.retention_days,
        "effective_days": retention_days(organization),
        "maximum_days": PLANS[organization.plan].retention_days,
        "plan": organization.plan,
    }
