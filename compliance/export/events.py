"""What the audit trail says about somebody, read in batches: the private values of a page in one query."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from audit.models import AuditEvent, DataSubject
from audit.selectors import personal_values, presented
from compliance.subjects import Person, WholeOrganization
from promptguard.core.caller import system_caller
from promptguard.core.tenancy import organization_scope

Page = list[tuple[str, dict[str, Any]]]


def security_events(person: Person, after: str, limit: int) -> Page:
    """Events with the person as actor or target, and the values that concern nobody but them."""
    reached = UUID(after.partition(" ")[0]) if after else None
    mappings = DataSubject.all_tenants.filter(user_id=person.user_id).order_by("organization_id")
    mappings = mappings.filter(organization_id__gte=reached) if reached else mappings
    for organization_id, ref in list(mappings.values_list("organization_id", "subject_ref")):
        place = after if organization_id == reached else ""
        if page := _page_of(organization_id, ref, person, place, limit):
            return page
    return []


def _page_of(organization_id: UUID, ref: str, person: Person, after: str, limit: int) -> Page:
    mine = Q(actor_ref=ref) | Q(target_refs__contains=[ref])
    with organization_scope(organization_id):
        caller = system_caller(organization_id)
        events = list(_behind(organization_id, after).filter(mine).order_by("epoch", "seq")[:limit])
        values = personal_values(caller, events)
    return [
        (_key(event), _told(event, ref, values.get(event.event_id, {}).get(person.user_id, {})))
        for event in events
    ]


def _behind(organization_id: UUID, after: str) -> Any:
    rows = AuditEvent.all_tenants.filter(organization_id=organization_id)
    if not after:
        return rows
    _, epoch, seq = after.split(" ")
    return rows.filter(epoch__gte=int(epoch)).filter(Q(epoch__gt=int(epoch)) | Q(seq__gt=int(seq)))


def _key(event: AuditEvent) -> str:
    return f"{event.organization_id} {event.epoch} {event.seq}"


def _told(event: AuditEvent, ref: str, own: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": event.event_id,
        "organization_id": event.organization_id,
        "type": event.event_type,
        "at": event.occurred_at,
        "as": "actor" if event.actor_ref == ref else "target",
        "outcome": event.outcome,
        "values": own,
        "integrity_hash": bytes(event.leaf_hash).hex(),
    }


def chain_page(whole: WholeOrganization, after: str, limit: int) -> Page:
    """Every event of the organization, as its owners read them."""
    with organization_scope(whole.organization_id):
        events = list(_behind(whole.organization_id, after).order_by("epoch", "seq")[:limit])
        shown = presented(system_caller(whole.organization_id), events)
    return [(_key(event), row) for event, row in zip(events, shown, strict=True)]
