"""What every request has in common: the phrase, one at a time, and on record before anything happens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from compliance import erasure, subjects
from compliance.models import PrivacyRequest
from compliance.subjects import EndUser, Person, Subject
from promptguard.core.caller import Caller
from promptguard.core.crypto import random_token, token_hash
from promptguard.core.errors import Conflict, Invalid, NotFound
from promptguard.core.tenancy import platform_scope

CONFIRMATION = "DELETE MY DATA"
Kind, Scope, State = PrivacyRequest.Kind, PrivacyRequest.Scope, PrivacyRequest.State


class RequestOpen(Conflict):
    code = "request_open"
    message = "A request of this kind is being worked on already."


class NotCancellable(Conflict):
    code = "not_cancellable"
    message = "The erasure has begun and cannot be taken back."


def require_phrase(confirmation: str) -> None:
    """Raises Invalid for anything but the phrase itself, be it a single space."""
    if confirmation != CONFIRMATION:
        raise Invalid.field("confirmation", f"Must be exactly: {CONFIRMATION}", "wrong_phrase")


def open_export(caller: Caller, subject: Subject, rows: int) -> PrivacyRequest:
    """Raises RequestOpen. Call it inside a platform scope."""
    request = _open(caller, Kind.EXPORT, subject, plan={"rows": rows})
    if not isinstance(subject, Person):
        request.subject = subjects.sealed(request.id, subject)
        request.save(update_fields=["subject"])
    return request


def open_erasure(
    caller: Caller,
    subject: Subject,
    *,
    execute_after: datetime | None = None,
    tell: str = "",
    reason: str = "",
) -> PrivacyRequest:
    """The request, with a receipt that opens its certificate; the audit event stands before anything goes.

    `tell` is the address that hears of the end. Raises RequestOpen. Call it inside a platform scope.
    """
    begin = execute_after or timezone.now()
    request = _open(caller, Kind.ERASURE, subject, plan=erasure.planned(subject), execute_after=begin)
    request.receipt = random_token()
    request.receipt_hash = token_hash(request.receipt)
    told = {"email": tell, "receipt": request.receipt}
    request.subject = subjects.sealed(request.id, subject, told)
    request.save(update_fields=["subject", "receipt_hash"])
    details = {
        "request_id": str(request.id),
        "scope": request.scope,
        "execute_after": request.execute_after.isoformat(),
    }
    record(Action.ERASURE_REQUESTED, caller=caller, details=details, reason=reason)
    return request


def _open(caller: Caller, kind: str, subject: Subject, **values: Any) -> PrivacyRequest:
    scope = {Person: Scope.PERSON, EndUser: Scope.END_USER}.get(type(subject), Scope.ORGANIZATION)
    organization_id = None if isinstance(subject, Person) else subject.organization_id
    try:
        with transaction.atomic():
            return PrivacyRequest.objects.create(
                kind=kind,
                scope=scope,
                organization_id=organization_id,
                subject_id=subject.id,
                requested_by_id=caller.actor.id,
                **values,
            )
    except IntegrityError as error:
        raise RequestOpen() from error


def cancel(caller: Caller, request: PrivacyRequest) -> PrivacyRequest:
    """Take an erasure back before it has begun. Raises NotCancellable."""
    waiting = PrivacyRequest.objects.filter(
        id=request.id, state__in=[State.WAITING, State.BLOCKED], position=""
    )
    if not waiting.update(state=State.CANCELLED, finished_at=timezone.now(), subject=None):
        raise NotCancellable()
    with platform_scope():
        record(Action.ERASURE_CANCELLED, caller=caller, details={"request_id": str(request.id)})
    request.refresh_from_db()
    return request


def request_by_receipt(*, request_id: UUID, receipt: str) -> PrivacyRequest:
    """For somebody whose account is gone: the request that the receipt was given for. Raises NotFound."""
    request = PrivacyRequest.objects.filter(id=request_id, receipt_hash=token_hash(receipt)).first()
    if request is None:
        raise NotFound()
    return request


def retry_failed() -> int:
    """Whoever mended what an erasure could not remove gives it another start; how many."""
    failed = PrivacyRequest.objects.filter(kind=Kind.ERASURE, state=State.FAILED, subject__isnull=False)
    return failed.update(state=State.RUNNING, position=erasure.ANNOUNCED, resume={"pass": 1}, explanation="")


def wake_blocked() -> None:
    """A legal hold was released: whoever waited for one is looked at again now."""
    PrivacyRequest.objects.filter(state=State.BLOCKED).update(execute_after=timezone.now())
