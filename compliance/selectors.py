"""Reads about privacy requests. A person sees their own, whichever organization they act in."""

from django.db.models import QuerySet

from compliance.models import PrivacyRequest
from promptguard.core.caller import Caller


def own_requests(caller: Caller, kind: str) -> QuerySet[PrivacyRequest]:
    rows = PrivacyRequest.objects.filter(kind=kind, scope=PrivacyRequest.Scope.PERSON)
    return rows.filter(subject_id=caller.user_id) if caller.user_id else rows.none()


def organization_requests(caller: Caller, scope: str, kind: str) -> QuerySet[PrivacyRequest]:
    """About the caller's whole organization, or about its end users."""
    return PrivacyRequest.objects.filter(kind=kind, scope=scope, organization_id=caller.tenant)
