"""What the door asks about an organization, in one read that is good for a second: networks and rate limits."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from organizations.limits.models import Plane, RateLimitOverride
from organizations.models import Organization
from organizations.networks.models import AllowedNetwork
from organizations.plans import DEFAULT_PLAN, PLANS
from promptguard.core.caller import system_caller
from promptguard.core.ratelimit import Limit
from promptguard.core.recent import Recent
from promptguard.core.tenancy import organization_scope


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per minute and at once; `source` is override, plan or platform."""

    per_minute: int
    burst: int
    source: str


@dataclass(frozen=True, slots=True)
class Admission:
    """`cidrs` is the allow-list, empty where everybody may come."""

    cidrs: tuple[str, ...]
    rates: dict[str, Rate]

    @property
    def allow_lists(self) -> tuple[tuple[str, ...], ...]:
        return (self.cidrs,) if self.cidrs else ()


def _load(organization_id: UUID) -> Admission:
    caller = system_caller(organization_id)
    networks = AllowedNetwork.objects.for_caller(caller).values("cidr")
    overrides = RateLimitOverride.standing(RateLimitOverride.objects.for_caller(caller), timezone.now())
    rates = overrides.values(told=JSONObject(plane="plane", per_minute="per_minute", burst="burst"))
    with organization_scope(organization_id):
        row = (
            Organization.objects.filter(id=organization_id)
            .values("plan", cidrs=ArraySubquery(networks), overrides=ArraySubquery(rates))
            .first()
        )
    plan = row["plan"] if row else DEFAULT_PLAN
    standing: dict[str, Any] = {each["plane"]: each for each in row["overrides"]} if row else {}
    return Admission(
        cidrs=tuple(sorted(row["cidrs"])) if row else (),
        rates={plane: _rate(standing.get(plane), plan) for plane in Plane.values},
    )


def _rate(override: dict[str, int] | None, plan: str) -> Rate:
    planned = PLANS[plan].requests_per_minute
    source = "override" if override else "platform" if planned is None else "plan"
    wanted = override["per_minute"] if override else planned or settings.RATE_LIMIT_PER_MINUTE
    burst = (override or {}).get("burst") or wanted
    most = settings.RATE_LIMIT_MAXIMUM_PER_MINUTE
    return Rate(min(wanted, most), min(burst, most), source)


admission_of: Recent[UUID, Admission] = Recent(_load)


def organization_limit(organization_id: UUID, plane: Plane) -> Limit:
    rate = admission_of(organization_id).rates[plane]
    return Limit("organization", str(organization_id), plane, rate.per_minute, rate.burst)


def account_limit(user_id: UUID) -> Limit:
    """For doors about the person, outside any organization."""
    per_minute = settings.RATE_LIMIT_PER_MINUTE
    return Limit("account", str(user_id), "account", per_minute, per_minute)
