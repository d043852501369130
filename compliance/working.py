"""Working out the answer to a request, chunk by chunk, from wherever the last worker stopped."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.utils import timezone

from audit.erasure import Held
from compliance import erasure, export
from compliance.certificates import certify, subject_reference
from compliance.holdings import Subject, subject_of
from compliance.models import PrivacyRequest
from organizations.models import User
from promptguard.core.tenancy import platform_scope

PACKAGE_LIFETIME = timedelta(days=7)
ABANDONED_AFTER = timedelta(days=1)
ERASED = UUID(int=0)
log = structlog.get_logger(__name__)


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
    """Written under a name of this worker's own and then renamed: two at once, or one killed, spoil nothing."""
    subject = subject_of(User.objects.get(id=request.subject_id))
    final = export.package_folder() / f"{request.id}.zip"
    partial = final.with_suffix(f".{uuid4().hex}.partial")
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
    for abandoned in export.package_folder().glob("*.partial"):
        if abandoned.stat().st_mtime < (now - ABANDONED_AFTER).timestamp():
            abandoned.unlink(missing_ok=True)
    expired = PrivacyRequest.objects.filter(expires_at__lte=now).exclude(package="")
    for request in expired:
        (export.package_folder() / request.package).unlink(missing_ok=True)
        request.package = ""
        request.save(update_fields=["package"])
    return len(expired)
