"""The door to the posture report."""

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.posture import services
from compliance.posture.serializers import PostureOut
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView


class PostureView(TenantView):
    """Every check now, about the installation and about this organization, the gravest failures first."""

    permissions = {"GET": P.COMPLIANCE_READ}
    gives = {"GET": PostureOut}

    def get(self, request: Request) -> Response:
        findings = services.look(self.caller.tenant)
        return self.answer(
            {
                "generated_at": timezone.now(),
                "compliance_mode": settings.COMPLIANCE_MODE,
                "summary": services.summary(findings),
                "checks": services.told(findings, to_operator=False),
            }
        )
