"""The door to the evidence package."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from compliance.evidence import paper, services
from compliance.evidence.serializers import EvidenceOut, EvidenceQuery
from organizations.selectors import organization_of
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView


class EvidenceView(TenantView):
    """What an auditor asks for, from live facts: signed JSON, or the same as PDF (`?format=pdf`)."""

    permissions = {"GET": P.COMPLIANCE_READ}
    gives = {"GET": EvidenceOut}

    def get(self, request: Request) -> HttpResponseBase:
        asked = self.query(EvidenceQuery)
        kind = asked.pop("format")
        organization = self.one(organization_of(self.caller))
        package = services.make_package(caller=self.caller, organization=organization, **asked)
        if kind == "json":
            return self.answer(package.as_dict())
        answer = HttpResponse(paper.printed(package), content_type="application/pdf")
        answer.headers["Content-Disposition"] = f'attachment; filename="evidence-{organization.slug}.pdf"'
        return answer
