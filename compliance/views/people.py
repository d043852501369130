"""The doors about the caller's own data."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import selectors, services
from compliance.models import PrivacyRequest
from compliance.serializers import Confirmation, DataExport, DeletionOut, DownloadLink, RequestOut
from compliance.views.packages import RequestView
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView

EXPORT, ERASURE = PrivacyRequest.Kind.EXPORT, PrivacyRequest.Kind.ERASURE


class DataExports(RequestView, abstract=True):
    needs_organization = False

    def requests(self) -> QuerySet[PrivacyRequest]:
        return selectors.own_requests(self.caller, EXPORT)


class DataErasures(RequestView, abstract=True):
    needs_organization = False

    def requests(self) -> QuerySet[PrivacyRequest]:
        return selectors.own_requests(self.caller, ERASURE)


class DataExportView(TenantView):
    """My data: at once when it is small (200), else a request to come back to (202)."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    gives = {"POST": DataExport}
    needs_organization = False

    def post(self, request: Request) -> Response:
        answer = services.export_or_request(caller=self.caller)
        if isinstance(answer, PrivacyRequest):
            return Response(RequestOut(answer).data, status=202)
        return Response(answer)


class DataExportDetail(DataExports):
    """How far the export of my data is."""

    permissions = {"GET": P.ACCOUNT_MANAGE}
    gives = {"GET": RequestOut}

    def get(self, request: Request, request_id: UUID) -> Response:
        return self.status(request_id)


class DataExportLink(DataExports):
    """A link to the package that works once, for fifteen minutes."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    gives = {"POST": DownloadLink}
    statuses = {"POST": 201}

    def post(self, request: Request, request_id: UUID) -> Response:
        return self.link(request_id)


class DataExportDownload(DataExports):
    """The package itself."""

    permissions = {"GET": P.ACCOUNT_MANAGE}

    def get(self, request: Request, request_id: UUID) -> FileResponse:
        return self.package(request, request_id)


class DataDeletionView(TenantView):
    """Ask to be erased. The phrase must be exactly `DELETE MY DATA`."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    takes = {"POST": Confirmation}
    gives = {"POST": DeletionOut}
    statuses = {"POST": 202}
    needs_organization = False

    def post(self, request: Request) -> Response:
        return self.answer(services.request_erasure(caller=self.caller, **self.body()))


class DataDeletionDetail(DataErasures):
    """How far my erasure is; DELETE takes it back during the grace period."""

    permissions = {"GET": P.ACCOUNT_MANAGE, "DELETE": P.ACCOUNT_MANAGE}
    gives = {"GET": RequestOut, "DELETE": RequestOut}

    def get(self, request: Request, request_id: UUID) -> Response:
        return self.status(request_id)

    def delete(self, request: Request, request_id: UUID) -> Response:
        asked = self.asked(request_id)
        return self.answer(services.cancel_erasure(caller=self.caller, request=asked))
