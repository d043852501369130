"""The doors to legal holds."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from compliance.holds import selectors, services
from compliance.holds.serializers import HoldFilters, HoldIn, HoldOut, ReleaseIn
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView


class LegalHolds(TenantView):
    """Orders to keep what erasure or retention would remove."""

    permissions = {"GET": P.COMPLIANCE_READ, "POST": P.COMPLIANCE_WRITE}
    takes = {"POST": HoldIn}
    gives = {"GET": HoldOut, "POST": HoldOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request) -> Response:
        return self.page(selectors.holds(self.caller, **self.query(HoldFilters)))

    def post(self, request: Request) -> Response:
        placed = services.place(caller=self.caller, **self.body())
        return self.answer(self.one(selectors.holds(self.caller), id=placed.id))


class LegalHoldDetail(TenantView):
    """One hold."""

    permissions = {"GET": P.COMPLIANCE_READ}
    gives = {"GET": HoldOut}

    def get(self, request: Request, hold_id: UUID) -> Response:
        return self.answer(self.one(selectors.holds(self.caller), id=hold_id))


class LegalHoldRelease(TenantView):
    """Let go of a hold; what it kept may be erased and purged again."""

    permissions = {"POST": P.COMPLIANCE_WRITE}
    takes = {"POST": ReleaseIn}
    gives = {"POST": HoldOut}

    def post(self, request: Request, hold_id: UUID) -> Response:
        services.release(caller=self.caller, hold_id=hold_id, **self.body())
        return self.answer(self.one(selectors.holds(self.caller), id=hold_id))
