"""Erasing a person from the log without breaking it: announced in the chain first, then the key is destroyed."""

from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, connections, transaction

from audit.actions import Action
from audit.envelope import Receipt
from audit.models import DataSubject, LegalHold, PrivatePart
from audit.services import record
from audit.subjects import forget_remembered
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)

ANNOUNCED = """
SELECT e.org_id, k.subject_ref, e.event_id FROM audit_event e
JOIN subject_key k ON k.org_id = e.org_id AND k.destroyed_at IS NULL
    AND k.subject_ref = convert_from(e.canonical, 'UTF8')::jsonb #>> '{pub,details,subject_ref}'
WHERE e.event_type = 'privacy.erased' AND e.retention_class = 'forever'
"""


class Held(Conflict):
    code = "legal_hold"
    message = "A legal hold protects these records."


def announce_erasure(*, caller: Caller, user_id: UUID, reason: str = "") -> list[Receipt]:
    """Record that a person's values in the caller's organization will be erased; call in the transaction that claims it.

    Raises Held under a legal hold.
    """
    refs = list(DataSubject.objects.for_caller(caller).filter(user_id=user_id).values_list("subject_ref", flat=True))
    for hold in LegalHold.objects.for_caller(caller).filter(released_at__isnull=True):
        if hold.scope.get("subject_ref") in (None, *refs):
            raise Held()
    return [
        record(
            Action.PRIVACY_ERASED,
            caller=caller,
            details={"subject_ref": ref, "parts": PrivatePart.objects.for_caller(caller).filter(subject_ref=ref).count()},
            reason=reason,
        )
        for ref in refs
    ]


def carry_out_erasures() -> int:
    """Destroy the keys of everybody whose erasure has been sealed; the number of people. May run at any time, again.

    Whoever came under a legal hold after the announcement waits for its release, and nobody else waits for them.
    """
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(ANNOUNCED)
        erased = sum(_erase(cursor, place) for place in cursor.fetchall())
    forget_remembered()
    return erased


def _erase(cursor: Any, place: tuple[UUID, str, UUID]) -> bool:
    try:
        with transaction.atomic(using="sequencer"):
            cursor.execute("SELECT audit_erase_subject(%s, %s, %s)", place)
    except IntegrityError:
        log.info("audit_erasure_waits", organization_id=str(place[0]))
        return False
    return True
