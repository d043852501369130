"""Reads about endpoints and deliveries."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet

from promptguard.core.caller import Caller
from promptguard.projects.models import Project
from promptguard.webhooks.models import Attempt, Delivery, Endpoint

FILTERS = {
    "endpoint_id": "endpoint_id",
    "event_type": "event_type",
    "event_id": "event_id",
    "outcome": "last_outcome",
    "project_id": "endpoint__project_id",
    "status": "status",
    "since": "created_at__gte",
    "until": "created_at__lt",
}


def endpoints(caller: Caller) -> QuerySet[Endpoint]:
    return Endpoint.objects.for_caller(caller)


def deliveries(caller: Caller, filters: Mapping[str, Any] | None = None) -> QuerySet[Delivery]:
    """The delivery log; `filters` by the names of FILTERS."""
    wanted = {FILTERS[name]: value for name, value in (filters or {}).items()}
    return Delivery.objects.for_caller(caller).filter(**wanted).defer("body")


def deliveries_with_attempts(caller: Caller) -> QuerySet[Delivery]:
    attempts = Attempt.objects.for_caller(caller).order_by("number")
    return Delivery.objects.for_caller(caller).prefetch_related(Prefetch("attempts", queryset=attempts))


def project_webhook(caller: Caller, project: Project) -> Endpoint | None:
    """The endpoint that the project's own path shows."""
    return endpoints(caller).filter(project=project, is_project_webhook=True).first()
