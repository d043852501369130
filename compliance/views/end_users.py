"""The doors about one end user, by the label that applications send."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import selectors, services
from compliance.models import PrivacyRequest
from compliance.serializers import DeletionOut, DownloadLink, EndUserConfirmation, EndUserName, RequestOut
from compliance.views.packages import RequestView
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView

EXPORT, ERASURE = PrivacyRequest.Kind.EXPORT, PrivacyRequest.Kind.ERASURE


class EndUserExports(RequestView, abstract=True):
    def requests(self) -> QuerySet[PrivacyRequest]:
        return selectors.organization_requests(self.caller, PrivacyRequest.Scope.END_USER, EXPORT)


class EndUserErasures(RequestView, abstract=True):
    def requests(self) -> QuerySet[PrivacyRequest]:
        return selectors.organization_requests(self.caller, PrivacyRequest.Scope.END_USER, ERASURE)


class EndUserExportView(TenantView):
    """Everything the organization knows about one end user, as a package to come back for."""

    permissions = {"POST": P.END_USER_MANAGE}
    takes = {"POST": EndUserName}
    gives = {"POST": RequestOut}
    statuses = {"POST": 202}

    def post(self, request: Request) -> Response:
        return self.answer(services.export_end_user(caller=self.caller, **self.body()))


class EndUserExportDetail(EndUserExports):
    """How far the export of an end user is."""

    permissions = {"GET": P.END_USER_MANAGE}
    gives = {"GET": RequestOut}

    def get(self, request: Request, request_id: UUID) -> Response:
        return self.status(request_id)


class EndUserExportLink(EndUserExports):
    """A link to the package that works once, for fifteen minutes."""

    permissions = {"POST": P.END_USER_MANAGE}
    gives = {"POST": DownloadLink}
    statuses = {"POST": 201}

    def post(self, request: Request, request_id: UUID) -> Response:
        return self.link(request_id)


class EndUserExportDownload(EndUserExports):
    """The package itself."""

    permissions = {"GET": P.END_USER_MANAGE}

    def get(self, request: Request, request_id: UUID) -> FileResponse:
        return self.package(request, request_id)


class EndUserDeletionView(TenantView):
    """Erase everything about one end user. The phrase must be exactly `DELETE MY DATA`."""

    permissions = {"POST": P.END_USER_MANAGE}
    takes = {"POST": EndUserConfirmation}
    gives = {"POST": DeletionOut}
    statuses = {"POST": 202}

    def post(self, request: Request) -> Response:
        return self.answer(services.request_end_user_erasure(caller=self.caller, **self.body()))


class EndUserDeletionDetail(EndUserErasures):
    """How far the erasure is."""

    permissions = {"GET": P.END_USER_MANAGE}
    gives = {"GET": RequestOut}

    def get(self, request: Request, request_id: UUID) -> Response:
        return self.status(request_id)
