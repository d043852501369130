"""Telling whoever asked that an erasure is complete: the last use of an address, which is then forgotten."""

from datetime import timedelta

import structlog
from django.utils import timezone

from compliance import subjects
from compliance.models import PrivacyRequest
from organizations.mailing import is_written_to_files, send_now

# A mail server that is away for longer than this has had its chance.
PATIENCE = timedelta(days=2)
log = structlog.get_logger(__name__)


def tell_finished() -> int:
    """Tell everybody whose erasure is complete; how many were told. A mail that fails is tried again later."""
    finished = PrivacyRequest.objects.filter(
        kind=PrivacyRequest.Kind.ERASURE, state=PrivacyRequest.State.DONE, subject__isnull=False
    )
    return sum(_tell(request) for request in finished.order_by("finished_at"))


def _tell(request: PrivacyRequest) -> bool:
    """Twice rather than never, when the process dies in between."""
    told = subjects.told(request.id, bytes(request.subject or b""))
    was_sent = False
    # A folder of files is nobody's inbox: a letter in it would be the only trace that is left.
    if told.get("email") and not is_written_to_files():
        try:
            send_now(
                "erasure_completed",
                told["email"],
                attachment=("certificate.txt", request.certificate),
                rows=str(request.processed),
                certificate_path=request.certificate_path(told.get("receipt", "")),
            )
            was_sent = True
        except Exception as error:  # noqa: BLE001  whatever a mail server does, it is tried again
            log.warning("notice_failed", request_id=str(request.id), error=type(error).__name__)
            if request.finished_at and request.finished_at + PATIENCE > timezone.now():
                return False
    PrivacyRequest.objects.filter(id=request.id).update(subject=None)
    return was_sent
