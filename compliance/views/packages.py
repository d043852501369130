"""What the doors of every kind of export share: how far it is, a link, and the package."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import services
from compliance.models import PrivacyRequest
from promptguard.core.views import TenantView


class RequestView(TenantView, abstract=True):
    def requests(self) -> QuerySet[PrivacyRequest]:
        """Those that the caller may see here."""
        raise NotImplementedError

    def asked(self, request_id: UUID) -> PrivacyRequest:
        return self.one(self.requests(), id=request_id)

    def status(self, request_id: UUID) -> Response:
        return self.answer(self.asked(request_id))

    def link(self, request_id: UUID) -> Response:
        found = self.asked(request_id)
        token = services.new_download_link(caller=self.caller, request=found)
        url = f"/dashboard/compliance/{found.page}/{found.id}/download?token={token}"
        return self.answer({"url": url, "expires_in": int(services.LINK_LIFETIME.total_seconds())})

    def package(self, request: Request, request_id: UUID) -> FileResponse:
        if request.method == "HEAD":  # whoever only looks at a link must not spend it
            raise MethodNotAllowed("HEAD")
        token = request.query_params.get("token", "")
        package = services.open_package(caller=self.caller, request=self.asked(request_id), token=token)
        name = f"promptguard-{self.asked(request_id).page}.zip"
        return FileResponse(package, as_attachment=True, filename=name, content_type="application/zip")
