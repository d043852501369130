"""What people do to endpoints and deliveries; each change audited in its own transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.addresses import HTTP, RefusedAddress
from promptguard.core.caller import Caller
from promptguard.core.canonical import timestamp
from promptguard.core.crypto import seal
from promptguard.core.errors import Conflict, Forbidden, Invalid
from promptguard.core.http import NotReached, outbound
from promptguard.core.identifiers import uuid7
from promptguard.core.jobs.broker import ring
from promptguard.core.syslog import SYSLOG
from promptguard.projects.models import Project
from promptguard.webhooks import selectors
from promptguard.webhooks.catalogue import DOCUMENTED, TEST_EVENT
from promptguard.webhooks.fanout import DELIVER
from promptguard.webhooks.models import Delivery, Endpoint
from promptguard.webhooks.payloads import test_body
from promptguard.webhooks.signing import generate_secret

OVERLAP = timedelta(hours=24)
MOST_ENDPOINTS = 50


class TooManyEndpoints(Conflict):
    code = "too_many_endpoints"
    message = f"An organization can have {MOST_ENDPOINTS} endpoints."


class EndpointDisabled(Conflict):
    code = "endpoint_disabled"
    message = "The endpoint is switched off; switch it on first."


def check_url(url: str, kind: str = Endpoint.Kind.WEBHOOK, chosen: str = Endpoint.Format.JSON) -> None:
    """Raises Invalid for a URL that leads, or may lead, inside. A name that does not resolve yet may be saved:
    each attempt checks again, and connects only to what it has checked. Syslog is for a SIEM that reads CEF.
    """
    is_for_syslog = (kind, chosen) == (Endpoint.Kind.SIEM, Endpoint.Format.CEF)
    try:
        outbound().check(url, {**HTTP, **SYSLOG} if is_for_syslog else HTTP)
    except RefusedAddress as error:
        raise Invalid.field("url", error.message, error.code) from error
    except NotReached:
        return


def create_endpoint(
    *,
    caller: Caller,
    url: str,
    project: Project | None = None,
    headers: Mapping[str, str] | None = None,
    **fields: Any,
) -> tuple[Endpoint, str]:
    """A new endpoint and its secret, which nobody can read again. `fields`: its other columns.

    Raises Invalid, TooManyEndpoints, Forbidden (an endpoint for all projects by who is confined to one).
    """
    check_url(url, fields.get("kind", Endpoint.Kind.WEBHOOK), fields.get("format", Endpoint.Format.JSON))
    if caller.projects is not None and (project is None or project.id not in caller.projects):
        raise Forbidden("You act in single projects only.")
    if Endpoint.objects.for_caller(caller).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints()
    secret = generate_secret()
    endpoint = Endpoint(id=uuid7(), url=url, project=project, **fields)
    endpoint.secret = seal(secret.encode(), endpoint.place)
    endpoint.headers = _sealed_headers(endpoint, headers)
    columns = {field.attname: getattr(endpoint, field.attname) for field in Endpoint._meta.concrete_fields}
    columns.pop("organization_id")
    endpoint = Endpoint.objects.create_for(caller, **columns)
    record(Action.WEBHOOK_CREATED, caller=caller, targets=_target(endpoint), after=_public(endpoint))
    return endpoint, secret


def update_endpoint(*, caller: Caller, endpoint: Endpoint, changes: Mapping[str, Any]) -> Endpoint:
    """Apply `changes` (column → value); switching on forgives past failures. Raises Invalid."""
    before, values = _public(endpoint), dict(changes)
    if "url" in values:
        check_url(values["url"], endpoint.kind, endpoint.format)
    if "headers" in values:
        values["headers"] = _sealed_headers(endpoint, values["headers"])
    if values.get("is_enabled"):
        endpoint.note_success()
        values["disabled_reason"] = ""
    for name, value in values.items():
        setattr(endpoint, name, value)
    endpoint.save()
    ring(DELIVER)
    record(
        Action.WEBHOOK_UPDATED,
        caller=caller,
        targets=_target(endpoint),
        before=before,
        after=_public(endpoint),
    )
    return endpoint


def delete_endpoint(*, caller: Caller, endpoint: Endpoint) -> None:
    """The endpoint goes with its log; what was on its way to it is not sent any more."""
    targets, before = _target(endpoint), _public(endpoint)
    endpoint.delete()
    record(Action.WEBHOOK_DELETED, caller=caller, targets=targets, before=before)


def rotate_secret(*, caller: Caller, endpoint: Endpoint) -> tuple[Endpoint, str]:
    """A new secret; the old one signs beside it for 24 hours more."""
    secret = generate_secret()
    endpoint.previous_secret, endpoint.previous_secret_until = endpoint.secret, timezone.now() + OVERLAP
    endpoint.secret = seal(secret.encode(), endpoint.place)
    endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
    record(
        Action.WEBHOOK_SECRET_ROTATED,
        caller=caller,
        targets=_target(endpoint),
        details={"overlap_until": endpoint.previous_secret_until},
    )
    return endpoint, secret


def send_test(*, caller: Caller, endpoint: Endpoint) -> Delivery:
    """A test event on its way, whatever the endpoint subscribed to. Raises EndpointDisabled."""
    if not endpoint.is_enabled:
        raise EndpointDisabled()
    now = timezone.now()
    event_id = uuid7()
    delivery = Delivery.objects.create_for(
        caller,
        endpoint=endpoint,
        event_id=event_id,
        event_type=TEST_EVENT,
        body=test_body(caller.tenant, endpoint.id, endpoint.project_id, timestamp(now)),
        created_at=now,
        due_at=now,
    )
    ring(DELIVER)
    record(Action.WEBHOOK_TESTED, caller=caller, targets=_target(endpoint))
    return delivery


def replay_delivery(*, caller: Caller, delivery: Delivery) -> Delivery:
    """Send one delivery again, under its old `webhook-id`. Raises EndpointDisabled."""
    if not delivery.endpoint.is_enabled:
        raise EndpointDisabled()
    _again(Delivery.objects.for_caller(caller).filter(id=delivery.id))
    record(
        Action.WEBHOOK_REPLAYED,
        caller=caller,
        targets=_target(delivery.endpoint),
        details={"delivery_id": str(delivery.id)},
    )
    delivery.refresh_from_db()
    return delivery


def replay_range(
    *,
    caller: Caller,
    endpoint: Endpoint,
    status: str = Delivery.Status.FAILED,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Send again what has this status and happened in [since, until); how many. Raises EndpointDisabled."""
    if not endpoint.is_enabled:
        raise EndpointDisabled()
    limits = Q(created_at__gte=since) if since else Q()
    limits &= Q(created_at__lt=until) if until else Q()
    chosen = Delivery.objects.for_caller(caller).filter(limits, endpoint=endpoint, status=status)
    count = _again(chosen)
    record(
        Action.WEBHOOK_REPLAYED,
        caller=caller,
        targets=_target(endpoint),
        details={"status": status, "since": since, "until": until, "count": count},
    )
    return count


def _again(deliveries: QuerySet[Delivery]) -> int:
    """Due now with the whole schedule before them; what is being sent right now is left alone."""
    now = timezone.now()
    resting = deliveries.exclude(claim__isnull=False, due_at__gt=now)
    count = resting.update(status=Delivery.Status.PENDING, due_at=now, step=0, claim=None, delivered_at=None)
    ring(DELIVER)
    return count


def set_project_webhook(
    *, caller: Caller, project: Project, url: str | None, is_enabled: bool | None
) -> tuple[Endpoint, str | None]:
    """The project's own endpoint, made at the first call; the secret only then. Raises Invalid."""
    endpoint = selectors.project_webhook(caller, project)
    if endpoint is None:
        if not url:
            raise Invalid.field("webhook_url", "This project has no webhook yet: give its URL.", "required")
        return create_endpoint(
            caller=caller,
            url=url,
            project=project,
            is_enabled=is_enabled is not False,
            is_project_webhook=True,
            event_types=list(DOCUMENTED),
        )
    changes = {"url": url, "is_enabled": is_enabled}
    given = {name: value for name, value in changes.items() if value is not None}
    return update_endpoint(caller=caller, endpoint=endpoint, changes=given), None


def _sealed_headers(endpoint: Endpoint, headers: Mapping[str, str] | None) -> bytes | None:
    return seal(orjson.dumps(dict(headers)), endpoint.place) if headers else None


def _target(endpoint: Endpoint) -> list[Target]:
    return [Target("webhook", endpoint.id)]


def _public(endpoint: Endpoint) -> dict[str, Any]:
    """For the audit trail: the host only, since the path of such a URL is often a credential."""
    project: UUID | None = endpoint.project_id
    return {
        "host": urlsplit(endpoint.url).hostname or "",
        "kind": endpoint.kind,
        "format": endpoint.format,
        "event_types": endpoint.event_types,
        "is_enabled": endpoint.is_enabled,
        "project_id": str(project) if project else None,
    }
