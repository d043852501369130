"""What a person may ask for about their own data, and how the answer is worked out, chunk by chunk."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.erasure import Held
from audit.services import record
from compliance import erasure, export
from compliance.certificates import certify, subject_reference
from compliance.holdings import Subject, subject_of
from compliance.models import PrivacyRequest
from organizations.models import Membership, User
from organizations.roles import Role
from organizations.services.governance import require_fresh
from promptguard.core.caller import Caller, system_caller
from promptguard.core.crypto import random_token, same, token_hash
from promptguard.core.errors import Conflict, Invalid, NotFound
from promptguard.core.tenancy import platform_scope

ERASED = UUID(int=0)
CONFIRMATION = "DELETE MY DATA"
# Above this many rows an export is prepared in the background.
SMALL_EXPORT = 5000
PACKAGE_LIFETIME = timedelta(days=7)
LINK_LIFETIME = timedelta(minutes=15)
log = structlog.get_logger(__name__)


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
    return package_folder() / request.package


def package_folder() -> Path:
    folder = Path(settings.EXPORT_FOLDER)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


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


# --- The work -----------------------------------------------------------------------------------------


def work_on(
    request_id: UUID, checkpoint: Callable[[int, int], None] = lambda done, total: None
) -> PrivacyRequest:
    """Go on with a request, from wherever it stands to its end. Safe to run again, and by several at once.

    `checkpoint(done, total)` is called after each chunk and may raise to pause. Raises erasure.Waiting.
    """
    request = PrivacyRequest.objects.get(id=request_id)
    if request.state not in PrivacyRequest.OPEN or request.execute_after > timezone.now():
        return request
    if request.kind == PrivacyRequest.Kind.EXPORT:
        return _prepare_package(request)
    return _erase(request, checkpoint)


def _prepare_package(request: PrivacyRequest) -> PrivacyRequest:
    """A killed worker leaves a half-written temporary file; the next one writes it anew and renames it."""
    subject = subject_of(User.objects.get(id=request.subject_id))
    final = package_folder() / f"{request.id}.zip"
    partial = final.with_suffix(".partial")
    count = export.write_package(subject, partial)
    partial.chmod(0o600)
    partial.replace(final)
    now = timezone.now()
    request.state, request.finished_at, request.package = PrivacyRequest.State.DONE, now, final.name
    request.counts, request.expires_at = {"rows": count}, now + PACKAGE_LIFETIME
    request.save(update_fields=["state", "finished_at", "package", "counts", "expires_at"])
    return request


def _erase(request: PrivacyRequest, checkpoint: Callable[[int, int], None]) -> PrivacyRequest:
    subject = erasure.opened_subject(request)
    if not request.position and not _claim(request, subject):
        return request
    while True:
        with platform_scope():
            request = PrivacyRequest.objects.select_for_update().get(id=request.id)
            if request.state != PrivacyRequest.State.RUNNING:
                return request
            more = erasure.erase_chunk(request, subject)
            request.save(update_fields=["counts", "position"])
        checkpoint(request.processed, request.total)
        if not more:
            break
    erasure.destroy_keys(request, subject)
    return _certify(request, subject)


def _claim(request: PrivacyRequest, subject: Subject) -> bool:
    """Announce and begin, in one transaction: from here there is no way back. False under a legal hold."""
    try:
        with platform_scope():
            claimable = PrivacyRequest.objects.select_for_update().get(id=request.id)
            if claimable.position or claimable.state not in PrivacyRequest.OPEN:
                return claimable.state == PrivacyRequest.State.RUNNING
            erasure.announce(request, subject)
            _set_state(request, PrivacyRequest.State.RUNNING, "", position="announced")
    except Held:
        _set_state(
            request, PrivacyRequest.State.BLOCKED, "A legal hold protects these records (GDPR Art. 17(3)(e))."
        )
        return False
    return True


def _set_state(request: PrivacyRequest, state: str, explanation: str, **values: Any) -> None:
    PrivacyRequest.objects.filter(id=request.id).update(state=state, explanation=explanation, **values)
    request.refresh_from_db()


def _certify(request: PrivacyRequest, subject: Subject) -> PrivacyRequest:
    """Look again, and only then sign. What remains is said, and the request fails loudly."""
    if left := erasure.remains(subject):
        log.error("erasure left something behind", request_id=str(request.id), places=sorted(left))
        _set_state(
            request, PrivacyRequest.State.FAILED, f"Something is left in: {', '.join(sorted(left))}."[:500]
        )
        return request
    chains = {*subject.organizations, UUID(int=0)}
    certificate = certify(request, chains, subject_reference(subject.user_id))
    with platform_scope():
        request = PrivacyRequest.objects.select_for_update().get(id=request.id)
        if request.state == PrivacyRequest.State.RUNNING:
            erasure.note_done(request)
            request.state, request.finished_at = PrivacyRequest.State.DONE, timezone.now()
            request.certificate, request.subject = certificate, None
            # The certificate's salted reference is the only way left from this row to the person.
            request.subject_id, request.requested_by_id = ERASED, None
            request.save()
    return request


def due_requests(now: datetime) -> list[UUID]:
    """Open requests whose time has come: what a sweep goes on with."""
    open_ones = PrivacyRequest.objects.filter(state__in=PrivacyRequest.OPEN, execute_after__lte=now)
    return list(open_ones.order_by("created_at").values_list("id", flat=True))


def purge_packages(now: datetime) -> int:
    """Remove packages whose week is over."""
    expired = PrivacyRequest.objects.filter(expires_at__lte=now).exclude(package="")
    for request in expired:
        (package_folder() / request.package).unlink(missing_ok=True)
        request.package = ""
        request.save(update_fields=["package"])
    return len(expired)


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
