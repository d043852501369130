"""The doors to retention."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.retention import selectors, services
from compliance.retention.serializers import PreviewOut, RetentionIn, RetentionOut
from organizations.selectors import organization_of
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView


class RetentionView(TenantView):
    """How long each kind of record stays, within what plan and compliance mode allow."""

    permissions = {"GET": P.COMPLIANCE_READ, "PATCH": P.COMPLIANCE_WRITE}
    takes = {"PATCH": RetentionIn}
    gives = {"GET": RetentionOut, "PATCH": RetentionOut}

    def get(self, request: Request) -> Response:
        return self.answer(selectors.shown(self.caller, self.one(organization_of(self.caller))))

    def patch(self, request: Request) -> Response:
        organization = self.one(organization_of(self.caller))
        services.change(caller=self.caller, organization=organization, **self.body())
        return self.answer(selectors.shown(self.caller, organization))


class RetentionPreview(TenantView):
    """What the next purge would remove."""

    permissions = {"GET": P.COMPLIANCE_READ}
    gives = {"GET": PreviewOut}

    def get(self, request: Request) -> Response:
        organization = self.one(organization_of(self.caller))
        return self.answer({"kinds": selectors.preview(self.caller, organization, timezone.now())})
