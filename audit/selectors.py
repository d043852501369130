"""Reads of the chain that more than one face needs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from audit.actions import Action, action_name
from audit.models import AuditEvent, DataSubject, InboxEvent
from audit.subjects import opened_values, part_context, wrapping_context
from promptguard.core.caller import Caller
from promptguard.core.canonical import parse
from promptguard.core.crypto import open_sealed
from promptguard.core.errors import Invalid

Event = AuditEvent | InboxEvent

READABLE_PARTS = """
SELECT p.event_id, s.user_id, p.part, p.subject_ref, p.nonce, p.ciphertext, k.wrapped_dek
FROM audit_private p
JOIN subject_key k ON k.key_id = p.key_id AND k.org_id = p.org_id
JOIN data_subject s ON s.subject_ref = p.subject_ref AND s.org_id = p.org_id
WHERE p.org_id = %s AND p.event_id = ANY(%s::uuid[]) AND k.wrapped_dek IS NOT NULL
"""


def personal_values(caller: Caller, events: Iterable[Event]) -> dict[UUID, dict[UUID, dict[str, Any]]]:
    """event id -> user id -> the personal values that have not been erased."""
    found: dict[UUID, dict[UUID, dict[str, Any]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(READABLE_PARTS, [caller.tenant, [event.event_id for event in events]])
        for event_id, user_id, part, ref, nonce, ciphertext, wrapped in cursor.fetchall():
            data_key = open_sealed(bytes(wrapped), wrapping_context(caller.tenant, ref))
            place = part_context(caller.tenant, event_id, part)
            found[event_id][user_id] = opened_values(data_key, bytes(nonce), bytes(ciphertext), place)
    return found


def people(caller: Caller, refs: Iterable[str]) -> dict[str, UUID]:
    """subject_ref -> user id, for the people who have not been erased."""
    rows = DataSubject.objects.for_caller(caller).filter(subject_ref__in=set(refs))
    return dict(rows.values_list("subject_ref", "user_id"))


def events_matching(caller: Caller, filters: Mapping[str, Any]) -> QuerySet[AuditEvent]:
    """Sealed events, newest first. `filters` has the keys of `serializers.EventFilters`."""
    rows = AuditEvent.objects.for_caller(caller)
    exact = {"action": "event_type", "outcome": "outcome", "severity": "severity"}
    rows = rows.filter(**{column: filters[name] for name, column in exact.items() if filters.get(name)})
    if actor := filters.get("actor"):
        rows = rows.filter(actor_ref__in=references(caller, actor))
    if target := filters.get("target"):
        rows = rows.filter(target_refs__overlap=references(caller, target))
    rows = _between(rows, filters.get("since"), filters.get("until"))
    if search := filters.get("search"):
        text = Func(F("canonical"), Value("UTF8"), function="convert_from", output_field=TextField())
        rows = rows.annotate(text=text).filter(text__icontains=search)
    return rows.order_by("-epoch", "-seq")


def references(caller: Caller, identifier: str) -> list[str]:
    """What the chain may call somebody or something: the identifier itself, and a person's pseudonyms."""
    try:
        user_id = UUID(identifier)
    except ValueError:
        return [identifier]
    pseudonyms = DataSubject.objects.for_caller(caller).filter(user_id=user_id)
    return [identifier, *pseudonyms.values_list("subject_ref", flat=True)]


def _between(
    rows: QuerySet[AuditEvent], since: datetime | None, until: datetime | None
) -> QuerySet[AuditEvent]:
    if since is not None:
        rows = rows.filter(occurred_at__gte=since)
    return rows.filter(occurred_at__lt=until) if until is not None else rows


def before_cursor(rows: QuerySet[AuditEvent], cursor: str) -> QuerySet[AuditEvent]:
    """The rows that come after `cursor` (`epoch.seq` of the last one shown) in descending order. Raises Invalid."""
    epoch, dot, seq = cursor.partition(".")
    if not (dot and epoch.isdecimal() and seq.isdecimal() and len(cursor) < 30):
        raise Invalid([{"loc": ["query", "cursor"], "msg": "Not a cursor of this list.", "type": "value_error"}])
    return rows.filter(Q(epoch__lt=int(epoch)) | Q(epoch=int(epoch), seq__lt=int(seq)))


def event_named(caller: Caller, name: str) -> Event | None:
    """By number in the newest epoch, or by id; by id also one that is accepted but not sealed yet."""
    if name.isdecimal():
        rows = AuditEvent.objects.for_caller(caller).filter(seq=int(name[:18]))
        return rows.order_by("-epoch").first()
    try:
        event_id = UUID(name)
    except ValueError:
        return None
    kinds: Sequence[type[models.Model]] = (AuditEvent, InboxEvent)
    for kind in kinds:
        found: Event | None = kind.objects.for_caller(caller).filter(event_id=event_id).first()  # type: ignore[attr-defined]
        if found is not None:
            return found
    return None


def presented(caller: Caller, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Events for people to read: pseudonyms resolved, personal values where not erased, one sentence each."""
    said = {event.event_id: parse(bytes(event.canonical)) for event in events}
    personal = personal_values(caller, events)
    refs = [one["ref"] for each in said.values() for one in (each["actor"], *each["targets"])]
    known = people(caller, refs)
    return [_presented(event, said[event.event_id], personal.get(event.event_id, {}), known) for event in events]


def _presented(
    event: Event, said: dict[str, Any], personal: dict[UUID, dict[str, Any]], known: Mapping[str, UUID]
) -> dict[str, Any]:
    sealed = event if isinstance(event, AuditEvent) else None
    actor, *targets = (each | {"user_id": known.get(each["ref"])} for each in (said["actor"], *said["targets"]))
    return {
        "id": event.event_id,
        "status": "sealed" if sealed else "accepted",
        "epoch": sealed and sealed.epoch,
        "seq": sealed and sealed.seq,
        "action": said["type"],
        "message": _sentence(said["type"], _label(actor, personal), _label(targets[0], personal) if targets else ""),
        "actor": actor,
        "targets": targets,
        "outcome": said["outcome"],
        "severity": said["severity"],
        "occurred_at": event.occurred_at,
        "sealed_at": sealed and sealed.sealed_at,
        "request_id": said["request_id"],
        "changes": said["pub"],
        "personal": [{"user_id": user_id, "values": values} for user_id, values in personal.items()],
        "integrity_hash": bytes(event.leaf_hash).hex(),
        "hash": sealed and bytes(sealed.hash).hex(),
    }


def _label(one: Mapping[str, Any], personal: Mapping[UUID, Mapping[str, Any]]) -> str:
    values = personal.get(one["user_id"], {}) if one["user_id"] else {}
    name = values.get("name") or values.get("email") or str(one["ref"])[:8]
    return f"{one['type'].replace('_', ' ')} {name}".strip()


def _sentence(action: str, actor: str, target: str) -> str:
    try:
        sentence = Action[action_name(action)].sentence
    except KeyError:
        return action
    text = sentence.format(actor=actor, target=target or "something")
    return text[:1].upper() + text[1:]
