"""What a person may ask for about their own data, and an officer on their behalf."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from compliance import export
from compliance.models import PrivacyRequest
from compliance.services import requests
from compliance.subjects import person
from organizations.models import Membership, User
from organizations.roles import Role
from organizations.services.governance import require_fresh
from promptguard.core.caller import Caller, system_caller
from promptguard.core.errors import Conflict, NotFound
from promptguard.core.tenancy import platform_scope

# Above this many rows an export is prepared in the background.
SMALL_EXPORT = 5000


class SoleOwner(Conflict):
    code = "sole_owner"
    message = (
        "You are the only owner of organizations that others or their data depend on: hand them over first."
    )


def export_or_request(*, caller: Caller) -> dict[str, Any] | PrivacyRequest:
    """The caller's data: all of it at once when it is small, else a request that prepares a package.

    Raises ReauthenticationRequired, RequestOpen.
    """
    require_fresh(caller)
    subject = person(_own_account(caller))
    count = export.size(subject)
    with platform_scope():
        record(Action.DATA_EXPORT_REQUESTED, caller=caller, organization_id=None, details={"rows": count})
        if count > SMALL_EXPORT:
            return requests.open_export(caller, subject, count)
    return export.document(subject)


def request_erasure(*, caller: Caller, confirmation: str) -> PrivacyRequest:
    """Ask to be erased. It is on record before anything goes; it begins when the grace period is over.

    Raises Invalid for any other phrase, ReauthenticationRequired, SoleOwner, RequestOpen.
    """
    requests.require_phrase(confirmation)
    require_fresh(caller)
    user = _own_account(caller)
    _refuse_sole_owner(user)
    begin = timezone.now() + timedelta(days=settings.ERASURE_GRACE_DAYS)
    subject = person(user)
    with platform_scope():
        return requests.open_erasure(caller, subject, execute_after=begin, tell=user.email)


def cancel_erasure(*, caller: Caller, request: PrivacyRequest) -> PrivacyRequest:
    """Take it back during the grace period. Raises NotCancellable."""
    return requests.cancel(caller, request)


def erase_for_operator(*, user: User, reason: str) -> PrivacyRequest:
    """An officer answers a request that came by letter: the same way, without a grace period.

    Raises SoleOwner, RequestOpen.
    """
    _refuse_sole_owner(user)
    subject = person(user)
    with platform_scope():
        return requests.open_erasure(system_caller(), subject, tell=user.email, reason=reason)


def repeat_erasure(*, user_id: UUID, request_id: UUID) -> PrivacyRequest:
    """A restored backup has brought somebody back: nobody asks again, and nothing stands against it.

    Where the backup is of the middle of the erasure, only pseudonyms and keys are left to go.
    """
    opened = PrivacyRequest.objects.filter(
        subject_id=user_id, kind=PrivacyRequest.Kind.ERASURE, state__in=PrivacyRequest.OPEN
    )
    if found := opened.first():
        opened.update(execute_after=timezone.now())
        found.refresh_from_db()
        return found
    user = User.objects.filter(id=user_id).first() or User(id=user_id, email=f"{user_id}@erased.invalid")
    subject = person(user)
    with platform_scope():
        return requests.open_erasure(system_caller(), subject, reason=f"repeats request {request_id}")


def _own_account(caller: Caller) -> User:
    user = User.objects.filter(id=caller.user_id).first() if caller.user_id else None
    if user is None:
        raise NotFound("Only a person can ask for their data.")
    return user


def _refuse_sole_owner(user: User) -> None:
    """Personal organizations go with their person; every other one keeps an owner."""
    with platform_scope():
        owned = Membership.all_tenants.filter(user=user, role=Role.OWNER, organization__is_personal=False)
        alone = [
            {"id": str(membership.organization_id), "name": membership.organization.name}
            for membership in owned.select_related("organization")
            if not Membership.all_tenants.filter(
                organization_id=membership.organization_id, role=Role.OWNER, user__is_active=True
            )
            .exclude(user=user)
            .exists()
        ]
    if alone:
        raise SoleOwner(organizations=alone)
