"""What an owner may ask for about the whole organization."""

from datetime import datetime

from django.utils import timezone

from audit.actions import Action
from audit.services import record
from compliance import export
from compliance.models import PrivacyRequest
from compliance.services import requests
from compliance.subjects import WholeOrganization
from organizations.models import Organization, User
from organizations.services import close_organization, reopen_organization
from organizations.services.governance import require_fresh
from promptguard.core.caller import Caller, system_caller
from promptguard.core.tenancy import platform_scope


def request_organization_export(*, caller: Caller) -> PrivacyRequest:
    """Prepare a package of everything the organization has here. Raises ReauthenticationRequired, RequestOpen."""
    require_fresh(caller)
    subject = WholeOrganization(caller.tenant)
    with platform_scope():
        count = export.size(subject)
        record(Action.DATA_EXPORT_REQUESTED, caller=caller, details={"rows": count, "scope": "organization"})
        return requests.open_export(caller, subject, count)


def request_organization_deletion(*, caller: Caller, confirmation: str) -> PrivacyRequest:
    """Close the organization; when its days of grace are over, every row of it is erased.

    The audit chain stays as long as the law demands. Raises Invalid for any other phrase,
    ReauthenticationRequired, RequestOpen.
    """
    requests.require_phrase(confirmation)
    require_fresh(caller)
    organization = Organization.objects.get(id=caller.tenant)
    if organization.closing_at is None:
        organization = close_organization(caller=caller, confirmation=organization.slug)
    owner = User.objects.get(id=caller.person)
    with platform_scope():
        return requests.open_erasure(
            caller, WholeOrganization(caller.tenant), execute_after=organization.closing_at, tell=owner.email
        )


def cancel_organization_deletion(*, caller: Caller, request: PrivacyRequest) -> PrivacyRequest:
    """Take it back while the days of grace last, and reopen. Raises NotCancellable, NotClosing."""
    cancelled = requests.cancel(caller, request)
    reopen_organization(caller=caller)
    return cancelled


def open_due_closings(now: datetime | None = None) -> int:
    """Requests for organizations whose days of grace are over and that nobody has asked for here; how many."""
    with platform_scope():
        due = Organization.objects.filter(closing_at__lte=now or timezone.now()).values_list("id", flat=True)
        asked = PrivacyRequest.objects.filter(
            scope=PrivacyRequest.Scope.ORGANIZATION,
            kind=PrivacyRequest.Kind.ERASURE,
            state__in=[*PrivacyRequest.OPEN, PrivacyRequest.State.FAILED],
        )
        missing = set(due) - set(asked.values_list("subject_id", flat=True))
        for organization_id in sorted(missing):
            requests.open_erasure(system_caller(organization_id), WholeOrganization(organization_id))
    return len(missing)
