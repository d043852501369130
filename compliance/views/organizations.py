"""The doors about everything an organization has here: its owners'."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import selectors, services
from compliance.models import PrivacyRequest
from compliance.serializers import Confirmation, DeletionOut, DownloadLink, RequestOut
from compliance.views.packages import RequestView
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView

EXPORT, ERASURE = PrivacyRequest.Kind.EXPORT, PrivacyRequest.Kind.ERASURE


class OrganizationExports(RequestView, abstract=True):
    def requests(self) -> QuerySet[PrivacyRequest]:
        return selectors.organization_requests(self.caller, PrivacyRequest.Scope.ORGANIZATION, EXPORT)


class OrganizationErasures(RequestView, abstract=True):
    def requests(self) -> QuerySet[PrivacyRequest]:
        return selectors.organization_requests(self.caller, PrivacyRequest.Scope.ORGANIZATION, ERASURE)


class OrganizationExportView(TenantView):
    """Everything the organization has here, as a package to come back for."""

    permissions = {"POST": P.ORGANIZATION_DELETE}
    gives = {"POST": RequestOut}
    statuses = {"POST": 202}
    works_while_closing = True

    def post(self, request: Request) -> Response:
        return self.answer(services.request_organization_export(caller=self.caller))


class OrganizationExportDetail(OrganizationExports):
    """How far the export of the organization is."""

    permissions = {"GET": P.ORGANIZATION_DELETE}
    gives = {"GET": RequestOut}

    def get(self, request: Request, request_id: UUID) -> Response:
        return self.status(request_id)


class OrganizationExportLink(OrganizationExports):
    """A link to the package that works once, for fifteen minutes."""

    permissions = {"POST": P.ORGANIZATION_DELETE}
    gives = {"POST": DownloadLink}
    statuses = {"POST": 201}
    works_while_closing = True

    def post(self, request: Request, request_id: UUID) -> Response:
        return self.link(request_id)


class OrganizationExportDownload(OrganizationExports):
    """The package itself."""

    permissions = {"GET": P.ORGANIZATION_DELETE}

    def get(self, request: Request, request_id: UUID) -> FileResponse:
        return self.package(request, request_id)


class OrganizationDeletionView(TenantView):
    """Close the organization and erase it after its days of grace. The phrase must be exactly `DELETE MY DATA`."""

    permissions = {"POST": P.ORGANIZATION_DELETE}
    takes = {"POST": Confirmation}
    gives = {"POST": DeletionOut}
    statuses = {"POST": 202}
    works_while_closing = True

    def post(self, request: Request) -> Response:
        return self.answer(services.request_organization_deletion(caller=self.caller, **self.body()))


class OrganizationDeletionDetail(OrganizationErasures):
    """How far the deletion is; DELETE takes it back during the days of grace, and reopens the organization."""

    permissions = {"GET": P.ORGANIZATION_DELETE, "DELETE": P.ORGANIZATION_DELETE}
    gives = {"GET": RequestOut, "DELETE": RequestOut}
    works_while_closing = True

    def get(self, request: Request, request_id: UUID) -> Response:
        return self.status(request_id)

    def delete(self, request: Request, request_id: UUID) -> Response:
        asked = self.asked(request_id)
        return self.answer(services.cancel_organization_deletion(caller=self.caller, request=asked))
