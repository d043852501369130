"""Working out the answer to a request, chunk by chunk, from wherever the last worker stopped."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from audit.actions import Action
from audit.erasure import Held
from audit.ledger import note_erasure
from audit.services import record
from compliance import erasure, packages, subjects
from compliance.certificates import certify, subject_reference
from compliance.export import Gathering, pack
from compliance.models import ERASED, PrivacyRequest
from compliance.subjects import Person, Subject, WholeOrganization
from organizations.models import Organization, User
from promptguard.core.caller import system_caller
from promptguard.core.jobs.running import JobPaused
from promptguard.core.tenancy import platform_scope

# A hold is looked at again after this, or when one is released.
HOLD_PAUSE = timedelta(hours=1)
ABANDONED_AFTER = timedelta(days=1)
# Rows that others write meanwhile need another pass; a place that is never empty is a mistake of ours.
MOST_PASSES = 5
Checkpoint = Callable[[int, int], None]
State = PrivacyRequest.State
log = structlog.get_logger(__name__)


def work_on(request_id: UUID, checkpoint: Checkpoint = lambda done, total: None) -> PrivacyRequest:
    """Go on with a request, from wherever it stands to its end. Safe to run again, and by several at once.

    `checkpoint(done, total)` is called after each chunk and may raise to pause. Raises erasure.Waiting.
    """
    request = PrivacyRequest.objects.get(id=request_id)
    if request.state not in PrivacyRequest.OPEN or request.execute_after > timezone.now():
        return request
    if request.kind == PrivacyRequest.Kind.EXPORT:
        return _export(request, checkpoint)
    return _erase(request, checkpoint)


# --- Export -------------------------------------------------------------------------------------------
def _export(request: PrivacyRequest, checkpoint: Checkpoint) -> PrivacyRequest:
    """Gathered below a folder of the request's, packed under a name of this worker's own, then renamed."""
    subject = _export_subject(request)
    PrivacyRequest.objects.filter(id=request.id, state=State.WAITING).update(state=State.RUNNING)
    gathering = Gathering(subject, packages.work_folder(request.id), request.resume)

    def save() -> None:
        request.resume, request.counts = gathering.progress, gathering.rows
        saved = PrivacyRequest.objects.filter(id=request.id, state__in=PrivacyRequest.OPEN)
        if not saved.update(resume=request.resume, counts=request.counts):
            shutil.rmtree(packages.work_folder(request.id), ignore_errors=True)
            raise erasure.Waiting("the request has been answered or cancelled meanwhile")
        checkpoint(request.processed, request.total)

    gathering.run(save)
    partial = packages.folder() / f"{request.id}.{uuid4().hex}.partial"

    def stay() -> None:
        with suppress(JobPaused):  # what is half packed is worth nothing: a pause waits for the end
            checkpoint(request.processed, request.total)

    pack(subject, gathering, partial, stay)
    _keep_package(request, partial)
    return request


def _export_subject(request: PrivacyRequest) -> Subject:
    if request.subject is not None:
        return subjects.opened(request.id, bytes(request.subject))
    return subjects.person(User.objects.get(id=request.subject_id))


def _keep_package(request: PrivacyRequest, partial: Path) -> None:
    """One of several workers wins; the package of one that was cancelled meanwhile is not kept."""
    now = timezone.now()
    with platform_scope():
        current = PrivacyRequest.objects.select_for_update().get(id=request.id)
        if current.state in PrivacyRequest.OPEN:
            current.package = f"{request.id}.zip"
            packages.packages().keep(partial, current.package)
            current.state, current.finished_at = State.DONE, now
            current.expires_at = now + timedelta(days=settings.EXPORT_LIFETIME_DAYS)
            current.counts, current.resume = request.counts, {}
            current.save()
            details = {"request_id": str(request.id), "rows": current.processed}
            record(Action.DATA_EXPORTED, caller=system_caller(current.organization_id), details=details)
    partial.unlink(missing_ok=True)
    shutil.rmtree(packages.work_folder(request.id), ignore_errors=True)
    request.refresh_from_db()


# --- Erasure ------------------------------------------------------------------------------------------
def _erase(request: PrivacyRequest, checkpoint: Checkpoint) -> PrivacyRequest:
    subject = subjects.opened(request.id, bytes(request.subject or b""))
    if not request.position and not _claim(request, subject):
        return request
    if isinstance(subject, Person):
        note_erasure(request_id=request.id, user_id=subject.user_id)
    left: dict[str, int] = {}
    while request.resume.get("pass", 1) <= MOST_PASSES:
        erasure.clear_traces(request, subject)
        request = _erase_rows(request, subject, checkpoint)
        if request.state != State.RUNNING:
            return request
        erasure.destroy_keys(request, subject)
        left = erasure.remains(request, subject)
        if not left:
            return _certify(request, subject)
        _begin_pass(request, subject)
    log.error("erasure left something behind", request_id=str(request.id), places=sorted(left))
    _set_state(request, State.FAILED, f"Something is left in: {', '.join(sorted(left))}."[:500])
    return request


def _claim(request: PrivacyRequest, subject: Subject) -> bool:
    """Announce and begin, in one transaction: from here there is no way back, and nobody signs in any more.

    False under a legal hold, and for an organization that was reopened.
    """
    try:
        with platform_scope():
            claimable = PrivacyRequest.objects.select_for_update().get(id=request.id)
            if claimable.position or claimable.state not in PrivacyRequest.OPEN:
                request.refresh_from_db()
                return claimable.state == State.RUNNING
            if isinstance(subject, WholeOrganization) and not _is_closed(subject.organization_id):
                _set_state(
                    request, State.CANCELLED, "The organization was reopened.", finished_at=timezone.now()
                )
                return False
            erasure.announce(request, subject)
            if isinstance(subject, Person):
                User.objects.filter(id=subject.user_id).update(is_active=False)
            _set_state(request, State.RUNNING, "", position=erasure.ANNOUNCED, resume={"pass": 1})
    except Held:
        explanation = "A legal hold protects these records (GDPR Art. 17(3)(e))."
        _set_state(request, State.BLOCKED, explanation, execute_after=timezone.now() + HOLD_PAUSE)
        return False
    return True


def _is_closed(organization_id: UUID) -> bool:
    closing = Organization.objects.filter(id=organization_id, closing_at__lte=timezone.now())
    return closing.exists() or not Organization.objects.filter(id=organization_id).exists()


def _erase_rows(request: PrivacyRequest, subject: Subject, checkpoint: Checkpoint) -> PrivacyRequest:
    while True:
        with platform_scope():
            request = PrivacyRequest.objects.select_for_update().get(id=request.id)
            if request.state != State.RUNNING:
                return request
            more = erasure.erase_chunk(request, subject)
            request.save(update_fields=["counts", "position", "resume"])
        checkpoint(request.processed, request.total)
        if not more:
            return request


def _begin_pass(request: PrivacyRequest, subject: Subject) -> None:
    try:
        with platform_scope():
            erasure.announce(request, subject)
            resume = {"pass": request.resume.get("pass", 1) + 1}
            _set_state(request, State.RUNNING, "", position=erasure.ANNOUNCED, resume=resume)
    except Held as error:
        raise erasure.Waiting("a legal hold came after the erasure had begun") from error


def _set_state(request: PrivacyRequest, state: str, explanation: str, **values: Any) -> None:
    PrivacyRequest.objects.filter(id=request.id).update(state=state, explanation=explanation, **values)
    request.refresh_from_db()


def _certify(request: PrivacyRequest, subject: Subject) -> PrivacyRequest:
    """Sign what was done. The worker still knows whom to tell; `notices` forgets it."""
    certificate = certify(request, erasure.chains_of(subject), subject_reference(subject.id))
    with platform_scope():
        request = PrivacyRequest.objects.select_for_update().get(id=request.id)
        if request.state == State.RUNNING:
            erasure.note_done(request)
            request.state, request.finished_at = State.DONE, timezone.now()
            request.certificate, request.resume = certificate, {}
            request.subject_id, request.requested_by_id = ERASED, None
            request.save()
    return request


# --- Sweeps -------------------------------------------------------------------------------------------
def due_requests(now: datetime) -> list[UUID]:
    """Open requests whose time has come: what a sweep goes on with."""
    open_ones = PrivacyRequest.objects.filter(state__in=PrivacyRequest.OPEN, execute_after__lte=now)
    return list(open_ones.order_by("created_at").values_list("id", flat=True))


def purge_packages(now: datetime) -> int:
    """Remove packages whose time is over, and what abandoned workers left."""
    for abandoned in [*packages.folder().glob("*.partial"), *packages.folder().glob("*.work")]:
        if abandoned.stat().st_mtime < (now - ABANDONED_AFTER).timestamp():
            shutil.rmtree(abandoned) if abandoned.is_dir() else abandoned.unlink(missing_ok=True)
    expired = PrivacyRequest.objects.filter(~Q(package=""), expires_at__lte=now)
    for request in expired:
        packages.discard(request)
        request.subject = None
        request.save(update_fields=["package", "link_hash", "link_expires_at", "subject"])
    return len(expired)
