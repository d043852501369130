"""The one door for those who have no account any more."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from compliance import services
from compliance.serializers import RequestOut
from promptguard.core.views import PublicView


class CertificateView(
    PublicView, reason="Whoever was erased has no account any more; the receipt is the key."
):
    """How far an erasure is, and its certificate, for whoever holds the receipt."""

    gives = {"GET": RequestOut}

    def get(self, request: Request, request_id: UUID) -> Response:
        receipt = request.query_params.get("receipt", "")
        return self.answer(services.request_by_receipt(request_id=request_id, receipt=receipt))
