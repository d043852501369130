"""Doors about the IP allow-list."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from organizations.networks import selectors, services
from organizations.networks.serializers import (
    AddressQuery,
    AddressVerdict,
    AllowedNetworkChanges,
    AllowedNetworkIn,
    AllowedNetworkOut,
    Confirmation,
)
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView


class AllowedNetworkList(TenantView):
    """From where the dashboard and the API may be reached; while the list is empty, from everywhere."""

    permissions = {"GET": P.NETWORK_READ, "POST": P.NETWORK_WRITE}
    takes = {"POST": AllowedNetworkIn}
    gives = {"GET": AllowedNetworkOut, "POST": AllowedNetworkOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.allowed_networks(self.caller))

    def post(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(services.allow_network(caller=self.caller, **self.body()))


class AllowedNetworkDetail(TenantView):
    """One entry. Removing one that you need yourself takes `?confirm=true`."""

    permissions = {"GET": P.NETWORK_READ, "PATCH": P.NETWORK_WRITE, "DELETE": P.NETWORK_WRITE}
    takes = {"PATCH": AllowedNetworkChanges}
    gives = {"GET": AllowedNetworkOut, "PATCH": AllowedNetworkOut}

    def get(self, request: Request, organization_id: UUID, network_id: UUID) -> Response:
        return self.answer(self.one(selectors.allowed_networks(self.caller), id=network_id))

    def patch(self, request: Request, organization_id: UUID, network_id: UUID) -> Response:
        entry = self.one(selectors.allowed_networks(self.caller), id=network_id)
        return self.answer(services.relabel_network(caller=self.caller, entry=entry, **self.body()))

    def delete(self, request: Request, organization_id: UUID, network_id: UUID) -> Response:
        entry = self.one(selectors.allowed_networks(self.caller), id=network_id)
        services.disallow_network(caller=self.caller, entry=entry, **self.query(Confirmation))
        return self.answer()


class AllowedNetworkCheck(TenantView):
    """Would this address pass? Without `address`, yours."""

    permissions = {"GET": P.NETWORK_READ}
    gives = {"GET": AddressVerdict}

    def get(self, request: Request, organization_id: UUID) -> Response:
        address = self.query(AddressQuery).get("address", self.caller.origin.ip)
        return self.answer(selectors.would_pass(self.caller, address))
