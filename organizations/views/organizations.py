"""An organization: itself, its settings, its end, and handing it over."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from organizations import selectors, services
from organizations.serializers.organizations import (
    Closing,
    Heir,
    OrganizationChanges,
    OrganizationIn,
    OrganizationOut,
    OwnershipOfferOut,
    SettingsChanges,
    SettingsOut,
)
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import platform_scope
from promptguard.core.views import TenantView


class OrganizationList(TenantView):
    """The organizations I belong to; create another."""

    permissions = {"GET": P.ACCOUNT_READ, "POST": P.ACCOUNT_MANAGE}
    takes = {"POST": OrganizationIn}
    gives = {"GET": OrganizationOut, "POST": OrganizationOut}
    statuses = {"POST": 201}
    needs_organization = False
    lists = True

    def get(self, request: Request) -> Response:
        with platform_scope():
            return self.page(selectors.organizations_of(self.caller.person))

    def post(self, request: Request) -> Response:
        return self.answer(services.create_organization(caller=self.caller, **self.body()))


class EtaggedView(TenantView, abstract=True):
    """GET gives an ETag; a PATCH with `If-Match` changes nothing that somebody else has changed since."""

    def get(self, request: Request, organization_id: UUID) -> Response:
        organization = self.one(selectors.organization_of(self.caller))
        return self.answer(organization, headers={"ETag": organization.etag})

    def patch(self, request: Request, organization_id: UUID) -> Response:
        changed = services.update_organization(
            caller=self.caller, changes=self.body(), etag=request.headers.get("If-Match")
        )
        return self.answer(changed, headers={"ETag": changed.etag})


class OrganizationDetail(EtaggedView):
    """Name and slug. DELETE begins to close the organization: 30 days of grace, then its rows go."""

    permissions = {"GET": P.ORGANIZATION_READ, "PATCH": P.ORGANIZATION_WRITE, "DELETE": P.ORGANIZATION_DELETE}
    takes = {"PATCH": OrganizationChanges, "DELETE": Closing}
    gives = {"GET": OrganizationOut, "PATCH": OrganizationOut, "DELETE": OrganizationOut}
    statuses = {"DELETE": 202}

    def delete(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(services.close_organization(caller=self.caller, **self.body()))


class OrganizationReopen(TenantView):
    """Undo the closing within its days of grace."""

    permissions = {"POST": P.ORGANIZATION_DELETE}
    gives = {"POST": OrganizationOut}
    works_while_closing = True

    def post(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(services.reopen_organization(caller=self.caller))


class OrganizationSettings(EtaggedView):
    """How members sign in: second factor, session limits, which addresses may join."""

    permissions = {"GET": P.ORGANIZATION_READ, "PATCH": P.ORGANIZATION_WRITE}
    takes = {"PATCH": SettingsChanges}
    gives = {"GET": SettingsOut, "PATCH": SettingsOut}


class OwnershipTransfer(TenantView):
    """The open offer of ownership; make one; take it back."""

    permissions = {"GET": P.MEMBER_READ, "POST": P.ORGANIZATION_TRANSFER, "DELETE": P.ORGANIZATION_TRANSFER}
    takes = {"POST": Heir}
    gives = {"GET": OwnershipOfferOut, "POST": OwnershipOfferOut}
    statuses = {"POST": 201}

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(self.one(selectors.open_ownership_offer(self.caller)))

    def post(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(services.offer_ownership(caller=self.caller, **self.body()))

    def delete(self, request: Request, organization_id: UUID) -> Response:
        services.withdraw_ownership(caller=self.caller)
        return self.answer()


class OwnershipAcceptance(TenantView):
    """Become the owner, if it was offered to me."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    gives = {"POST": OwnershipOfferOut}

    def post(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(services.accept_ownership(caller=self.caller))


class OwnershipDecline(TenantView):
    """Say no to becoming the owner."""

    permissions = {"POST": P.ACCOUNT_MANAGE}

    def post(self, request: Request, organization_id: UUID) -> Response:
        services.decline_ownership(caller=self.caller)
        return self.answer()
