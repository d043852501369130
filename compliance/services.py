"""What a person may ask for about their own data, and how the answer is worked out, chunk by chunk."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from compliance import erasure, export
from compliance.holdings import subject_of
from compliance.models import PrivacyRequest
from organizations.models import Membership, User
from organizations.roles import Role
from organizations.services.governance import require_fresh
from promptguard.core.caller import Caller, system_caller
from promptguard.core.crypto import random_token, same, token_hash
from promptguard.core.errors import Conflict, Invalid, NotFound
from promptguard.core.tenancy import platform_scope

CONFIRMATION = "DELETE MY DATA"
# Above this many rows an export is prepared in the background.
SMALL_EXPORT = 5000
LINK_LIFETIME = timedelta(minutes=15)


class RequestOpen(Conflict):
    code = "request_open"
    message = "A request of this kind is being worked on already."


class SoleOwner(Conflict):
    code = "sole_owner"
    message = (
        "You are the only owner of organizations that others or their data depend on: hand them over first."
    )


class NotCancellable(Conflict):
    code = "not_cancellable"
    message = "The erasure has begun and cannot be taken back."


def export_or_request(*, caller: Caller) -> dict[str, Any] | PrivacyRequest:
    """The caller's data: all of it at once when it is small, else a request that prepares a package.

    Raises ReauthenticationRequired, RequestOpen.
    """
    require_fresh(caller)
    user = _own_account(caller)
    subject = subject_of(user)
    count = export.size(subject)
    with platform_scope():
        record(Action.DATA_EXPORT_REQUESTED, caller=caller, organization_id=None, details={"rows": count})
        if count > SMALL_EXPORT:
            return _open(caller, PrivacyRequest.Kind.EXPORT, user.id, plan={"rows": count})
    return export.document(subject)


def request_erasure(*, caller: Caller, confirmation: str) -> PrivacyRequest:
    """Ask to be erased. It is on record before anything goes; it begins when the grace period is over.

    Raises Invalid for any other phrase, ReauthenticationRequired, SoleOwner, RequestOpen.
    """
    if confirmation != CONFIRMATION:
        raise Invalid.field("confirmation", f"Must be exactly: {CONFIRMATION}", "wrong_phrase")
    require_fresh(caller)
    user = _own_account(caller)
    _refuse_sole_owner(user)
    subject = subject_of(user)
    grace = timedelta(days=settings.ERASURE_GRACE_DAYS)
    with platform_scope():
        request = _open(
            caller,
            PrivacyRequest.Kind.ERASURE,
            user.id,
            plan=erasure.planned(subject),
            execute_after=timezone.now() + grace,
        )
        request.subject, request.receipt = erasure.sealed_subject(request.id, subject), random_token()
        request.receipt_hash = token_hash(request.receipt)
        request.save(update_fields=["subject", "receipt_hash"])
        details = {"request_id": str(request.id), "execute_after": request.execute_after.isoformat()}
        record(Action.ERASURE_REQUESTED, caller=caller, details=details)
    return request


def cancel_erasure(*, caller: Caller, request: PrivacyRequest) -> PrivacyRequest:
    """Take it back during the grace period. Raises NotCancellable."""
    waiting = PrivacyRequest.objects.filter(id=request.id, state=PrivacyRequest.State.WAITING)
    if not waiting.update(state=PrivacyRequest.State.CANCELLED, finished_at=timezone.now(), subject=None):
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


def new_download_link(*, request: PrivacyRequest) -> str:
    """A token that opens the package once, within fifteen minutes. Raises NotFound when there is no package."""
    if request.state != PrivacyRequest.State.DONE or not request.package:
        raise NotFound("There is no package to download, or it has been removed.")
    token = random_token()
    request.link_hash, request.link_expires_at = token_hash(token), timezone.now() + LINK_LIFETIME
    request.save(update_fields=["link_hash", "link_expires_at"])
    return token


def open_package(*, request: PrivacyRequest, token: str) -> Path:
    """The package's file, for whoever holds the newest link; the link is spent by this. Raises NotFound."""
    live = (
        request.link_hash is not None and request.link_expires_at and request.link_expires_at > timezone.now()
    )
    if not live or not same(bytes(request.link_hash or b""), token_hash(token)):
        raise NotFound("This link was used before, or is too old. Ask for a new one.")
    spent = PrivacyRequest.objects.filter(id=request.id, link_hash=request.link_hash)
    if not spent.update(link_hash=None, link_expires_at=None):
        raise NotFound("This link was used before.")
    package = export.package_folder() / request.package
    if not package.is_file():  # its week ended between the link and this
        raise NotFound("The package has been removed. Ask for a new export.")
    return package


def _own_account(caller: Caller) -> User:
    user = User.objects.filter(id=caller.user_id).first() if caller.user_id else None
    if user is None:
        raise NotFound("Only a person can ask for their data.")
    return user


def _open(caller: Caller, kind: str, subject_id: UUID, **values: Any) -> PrivacyRequest:
    try:
        with transaction.atomic():
            return PrivacyRequest.objects.create(
                kind=kind, subject_id=subject_id, requested_by_id=caller.actor.id, **values
            )
    except IntegrityError as error:
        raise RequestOpen() from error


def _refuse_sole_owner(user: User) -> None:
    """Personal organizations go with their person; every other one keeps an owner."""
    with platform_scope():
        owned = Membership.all_tenants.filter(user=user, role=Role.OWNER, organization__is_personal=False)
        alone = [
            {"id": str(membership.organization_id), "name": membership.organization.name}
            for membership in owned.select_related("organization")
            if not Membership.all_tenants.filter(organization_id=membership.organization_id, role=Role.OWNER)
            .exclude(user=user)
            .exists()
        ]
    if alone:
        raise SoleOwner(organizations=alone)


def erase_for_operator(*, user: User, reason: str) -> PrivacyRequest:
    """An officer answers a request that came by letter: the same way, without a grace period."""
    _refuse_sole_owner(user)
    subject = subject_of(user)
    with platform_scope():
        request = _open(system_caller(), PrivacyRequest.Kind.ERASURE, user.id, plan=erasure.planned(subject))
        request.subject = erasure.sealed_subject(request.id, subject)
        request.save(update_fields=["subject"])
        details = {"request_id": str(request.id)}
        record(Action.ERASURE_REQUESTED, caller=system_caller(), details=details, reason=reason)
    return request
