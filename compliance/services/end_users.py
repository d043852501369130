"""What a tenant's officer may ask for about one end user, known by the label that applications send."""

from audit.actions import Action
from audit.services import record
from compliance import export
from compliance.models import PrivacyRequest
from compliance.services import requests
from compliance.subjects import EndUser
from organizations.services.governance import require_fresh
from promptguard.core.caller import Caller, system_caller
from promptguard.core.errors import NotFound
from promptguard.core.tenancy import platform_scope


class NothingKnown(NotFound):
    code = "nothing_known"
    message = "Nothing is stored here about an end user of that name."


def export_end_user(*, caller: Caller, end_user: str) -> PrivacyRequest:
    """Prepare a package of everything about one end user.

    Raises ReauthenticationRequired, NothingKnown, RequestOpen.
    """
    require_fresh(caller)
    subject = EndUser(caller.tenant, end_user)
    with platform_scope():
        if not (count := export.size(subject)):
            raise NothingKnown()
        record(Action.DATA_EXPORT_REQUESTED, caller=caller, details={"rows": count, "scope": "end_user"})
        return requests.open_export(caller, subject, count)


def request_end_user_erasure(*, caller: Caller, end_user: str, confirmation: str) -> PrivacyRequest:
    """Erase everything about one end user. Raises Invalid, ReauthenticationRequired, NothingKnown, RequestOpen."""
    requests.require_phrase(confirmation)
    require_fresh(caller)
    return _erase(caller, EndUser(caller.tenant, end_user))


def erase_end_user_for_operator(*, subject: EndUser, reason: str) -> PrivacyRequest:
    """Raises NothingKnown, RequestOpen."""
    return _erase(system_caller(subject.organization_id), subject, reason)


def _erase(caller: Caller, subject: EndUser, reason: str = "") -> PrivacyRequest:
    with platform_scope():
        if not export.size(subject):
            raise NothingKnown()
        return requests.open_erasure(caller, subject, reason=reason)
