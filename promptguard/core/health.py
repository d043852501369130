"""Is it alive, is it ready, what has it counted: the doors for machines."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from django_prometheus.exports import ExportToDjangoView
from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core import metrics
from promptguard.core.clientip import contains, networks
from promptguard.core.errors import NotFound, Unavailable
from promptguard.core.views import PublicView

# Name → whether it keeps up. What lags behind is said, and takes nobody out of service.
companions: dict[str, Callable[[], bool]] = {}


class HealthView(PublicView, reason="Clients and load balancers ask before they have a key."):
    """The process answers."""

    def get(self, request: Request) -> Response:
        return Response({"status": "ok", "timestamp": timezone.now().isoformat()})


class ReadinessView(PublicView, reason="Load balancers have no credentials; nothing but yes or no is said."):
    """The process can do its work: the database answers. `degraded` is ready too, with something that lags behind."""

    def get(self, request: Request) -> Response:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Exception as error:
            raise Unavailable("The database does not answer.", code="database_unavailable") from error
        checks = {name: "ok" if keeps_up() else "behind" for name, keeps_up in companions.items()}
        status = "degraded" if "behind" in checks.values() else "ready"
        return Response({"status": status, "checks": {"database": "ok"} | checks})


class ApiRootView(PublicView, reason="The welcome page of the Developer API, linked from its documentation."):
    """What this is, and where its documentation is."""

    def get(self, request: Request) -> Response:
        return Response(
            {
                "name": "PromptGuard",
                "description": "AI firewall: allows, redacts or blocks prompts and completions.",
                "status": "operational",
                "documentation": f"{settings.PUBLIC_URL}/api/docs",
            }
        )


class MetricsView(PublicView, reason="Prometheus has no credentials; METRICS_ALLOWED_CIDRS decides instead."):
    """Prometheus exposition. Outside the allowed networks it does not exist."""

    def get(self, request: Request) -> Any:
        origin = request._request.origin  # type: ignore[attr-defined]
        if not contains(networks(tuple(settings.METRICS_ALLOWED_CIDRS)), origin.ip):
            raise NotFound()
        for refresh in metrics.before_scrape:
            refresh()
        response: HttpResponse = ExportToDjangoView(request._request)
        return response
