"""Doors about what a tenant may use."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from organizations.limits import selectors, services
from organizations.limits.serializers import (
    KeyPolicyIn,
    KeyPolicyOut,
    RateLimitsOut,
    RetentionIn,
    RetentionOut,
)
from organizations.selectors import organization_of
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView


class RateLimits(TenantView):
    """What limits the organization's requests. Operators of the installation set overrides."""

    permissions = {"GET": P.ORGANIZATION_READ}
    gives = {"GET": RateLimitsOut}

    def get(self, request: Request, organization_id: UUID) -> Response:
        organization = self.one(organization_of(self.caller))
        return self.answer(selectors.rate_limits(self.caller, organization))


class Retention(TenantView):
    """How long interactions are kept, within what the plan allows."""

    permissions = {"GET": P.ORGANIZATION_READ, "PATCH": P.ORGANIZATION_WRITE}
    takes = {"PATCH": RetentionIn}
    gives = {"GET": RetentionOut, "PATCH": RetentionOut}

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(selectors.retention(self.one(organization_of(self.caller))))

    def patch(self, request: Request, organization_id: UUID) -> Response:
        organization = self.one(organization_of(self.caller))
        days = self.body()["retention_days"]
        changed = services.set_retention(caller=self.caller, organization=organization, days=days)
        return self.answer(selectors.retention(changed))


class KeyPolicy(TenantView):
    """The longest life of API keys."""

    permissions = {"GET": P.ORGANIZATION_READ, "PATCH": P.ORGANIZATION_WRITE}
    takes = {"PATCH": KeyPolicyIn}
    gives = {"GET": KeyPolicyOut, "PATCH": KeyPolicyOut}

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(self.one(organization_of(self.caller)))

    def patch(self, request: Request, organization_id: UUID) -> Response:
        organization = self.one(organization_of(self.caller))
        days = self.body()["key_lifetime_days"]
        return self.answer(
            services.set_key_lifetime(caller=self.caller, organization=organization, days=days)
        )
