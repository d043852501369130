"""The doors of data protection: every one is about the caller's own data."""

from uuid import UUID

from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import selectors, services
from compliance.models import PrivacyRequest
from compliance.serializers import Confirmation, DataExport, DeletionOut, DownloadLink, RequestOut
from promptguard.core.permissions import Permission as P
from promptguard.core.views import PublicView, TenantView

EXPORT, ERASURE = PrivacyRequest.Kind.EXPORT, PrivacyRequest.Kind.ERASURE


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


class DataExportDetail(TenantView):
    """How far my export is."""

    permissions = {"GET": P.ACCOUNT_MANAGE}
    gives = {"GET": RequestOut}
    needs_organization = False

    def get(self, request: Request, request_id: UUID) -> Response:
        return self.answer(self.one(selectors.own_requests(self.caller, EXPORT), id=request_id))


class DataExportLink(TenantView):
    """A link to my package that works once, for fifteen minutes."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    gives = {"POST": DownloadLink}
    statuses = {"POST": 201}
    needs_organization = False

    def post(self, request: Request, request_id: UUID) -> Response:
        found = self.one(selectors.own_requests(self.caller, EXPORT), id=request_id)
        token = services.new_download_link(request=found)
        url = f"/dashboard/compliance/data-export/{found.id}/download?token={token}"
        return self.answer({"url": url, "expires_in": int(services.LINK_LIFETIME.total_seconds())})


class DataExportDownload(TenantView):
    """The package itself."""

    permissions = {"GET": P.ACCOUNT_MANAGE}
    needs_organization = False

    def get(self, request: Request, request_id: UUID) -> FileResponse:
        found = self.one(selectors.own_requests(self.caller, EXPORT), id=request_id)
        package = services.open_package(request=found, token=request.query_params.get("token", ""))
        return FileResponse(package.open("rb"), as_attachment=True, filename="promptguard-data.zip")


class DataDeletionView(TenantView):
    """Ask to be erased. The phrase must be exactly `DELETE MY DATA`."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    takes = {"POST": Confirmation}
    gives = {"POST": DeletionOut}
    statuses = {"POST": 202}
    needs_organization = False

    def post(self, request: Request) -> Response:
        return self.answer(services.request_erasure(caller=self.caller, **self.body()))


class DataDeletionDetail(TenantView):
    """How far my erasure is; DELETE takes it back during the grace period."""

    permissions = {"GET": P.ACCOUNT_MANAGE, "DELETE": P.ACCOUNT_MANAGE}
    gives = {"GET": RequestOut, "DELETE": RequestOut}
    needs_organization = False

    def get(self, request: Request, request_id: UUID) -> Response:
        return self.answer(self.one(selectors.own_requests(self.caller, ERASURE), id=request_id))

    def delete(self, request: Request, request_id: UUID) -> Response:
        found = self.one(selectors.own_requests(self.caller, ERASURE), id=request_id)
        return self.answer(services.cancel_erasure(caller=self.caller, request=found))


class CertificateView(
    PublicView, reason="Whoever was erased has no account any more; the receipt is the key."
):
    """How far an erasure is, and its certificate, for whoever holds the receipt."""

    gives = {"GET": RequestOut}

    def get(self, request: Request, request_id: UUID) -> Response:
        receipt = request.query_params.get("receipt", "")
        return self.answer(services.request_by_receipt(request_id=request_id, receipt=receipt))
