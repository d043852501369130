"""Reads of the chain that more than one face needs."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from audit.models import AuditEvent
from audit.subjects import opened_values, part_context, wrapping_context
from promptguard.core.caller import Caller
from promptguard.core.crypto import open_sealed

READABLE_PARTS = """
SELECT p.event_id, s.user_id, p.part, p.subject_ref, p.nonce, p.ciphertext, k.wrapped_dek
FROM audit_private p
JOIN subject_key k ON k.key_id = p.key_id AND k.org_id = p.org_id
JOIN data_subject s ON s.subject_ref = p.subject_ref AND s.org_id = p.org_id
WHERE p.org_id = %s AND p.event_id = ANY(%s::uuid[]) AND k.wrapped_dek IS NOT NULL
"""


def personal_values(caller: Caller, events: Iterable[AuditEvent]) -> dict[UUID, dict[UUID, dict[str, Any]]]:
    """event id -> user id -> the personal values that have not been erased."""
    found: dict[UUID, dict[UUID, dict[str, Any]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(READABLE_PARTS, [caller.tenant, [event.event_id for event in events]])
        for event_id, user_id, part, ref, nonce, ciphertext, wrapped in cursor.fetchall():
            data_key = open_sealed(bytes(wrapped), wrapping_context(caller.tenant, ref))
            place = part_context(caller.tenant, event_id, part)
            found[event_id][user_id] = opened_values(data_key, bytes(nonce), bytes(ciphertext), place)
    return found


def actors(caller: Caller, refs: Iterable[str]) -> dict[str, UUID]:
    """subject_ref -> user id, for the people who have not been erased."""
    from audit.models import DataSubject

    rows = DataSubject.objects.for_caller(caller).filter(subject_ref__in=list(refs))
    return dict(rows.values_list("subject_ref", "user_id"))
