"""After the attempts: their log, the deliveries' next state, and the endpoints' health. Inside `platform_scope`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.mailing import queue_mail
from organizations.selectors import governors_addresses
from promptguard.core import metrics
from promptguard.core.caller import system_caller
from promptguard.core.jobs.schedule import delay_after
from promptguard.webhooks.claims import Claimed
from promptguard.webhooks.models import PATIENCE, Attempt, Delivery, Endpoint
from promptguard.webhooks.sending import Outcome

# Ten attempts over a little more than three days (sso-design, section 6); the first comes at once.
SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
SETTLE = """
UPDATE webhooks_delivery d
SET status = s.status, due_at = s.due_at, delivered_at = s.delivered_at, claim = NULL, step = d.step + 1,
    attempt_count = d.attempt_count + 1, last_status_code = s.code, last_outcome = s.outcome
FROM unnest(%s::uuid[], %s::uuid[], %s::varchar[], %s::timestamptz[], %s::timestamptz[], %s::smallint[], %s::varchar[])
     AS s(id, claim, status, due_at, delivered_at, code, outcome)
WHERE d.id = s.id AND d.claim = s.claim AND d.status = 'pending'
RETURNING d.id, d.attempt_count
"""


TOLD = {
    "failing": f"it has failed for {PATIENCE.days} days",
    "gone": "it answered 410 Gone, which means that it is there no more",
}


@dataclass(frozen=True, slots=True)
class Sent:
    claimed: Claimed
    outcome: Outcome


def settle(sent: Sequence[Sent], now: datetime) -> None:
    """Write down how attempts ended. Who lost its lease meanwhile changes nothing: the newer claim counts."""
    if not sent:
        return
    for each in sent:
        metrics.WEBHOOK_ATTEMPTS.labels(each.outcome.outcome).inc()
        metrics.WEBHOOK_DURATION.observe(each.outcome.seconds)
    numbers = _settle_deliveries(sent, now)
    Attempt.all_tenants.bulk_create(
        _logged(each, numbers[each.claimed.id]) for each in sent if each.claimed.id in numbers
    )
    _settle_endpoints(sent, now)


def _settle_deliveries(sent: Sequence[Sent], now: datetime) -> dict[UUID, int]:
    """Delivery id → number of the attempt, for those that were still ours."""
    rows = [_next_state(each, now) for each in sent]
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [list(column) for column in zip(*rows, strict=True)])
        return dict(cursor.fetchall())


def _next_state(sent: Sent, now: datetime) -> tuple[object, ...]:
    claimed, outcome = sent.claimed, sent.outcome
    status, due_at, delivered_at = Delivery.Status.PENDING, now, None
    pause = delay_after(claimed.step + 1, SCHEDULE)
    if outcome.is_success:
        status, delivered_at = Delivery.Status.DELIVERED, now
    elif outcome.outcome == "gone" or pause is None:
        status = Delivery.Status.FAILED
    else:
        due_at = now + max(pause, outcome.retry_after or timedelta(0))
    return claimed.id, claimed.claim, str(status), due_at, delivered_at, outcome.status_code, outcome.outcome


def _logged(sent: Sent, number: int) -> Attempt:
    return Attempt(
        organization_id=sent.claimed.organization_id,
        delivery_id=sent.claimed.id,
        number=number,
        started_at=sent.outcome.started_at,
        duration_ms=round(sent.outcome.seconds * 1000),
        status_code=sent.outcome.status_code,
        outcome=sent.outcome.outcome,
    )


def _settle_endpoints(sent: Iterable[Sent], now: datetime) -> None:
    """Only endpoints whose health may have changed are written: a healthy one costs nothing."""
    by_endpoint: dict[UUID, list[Outcome]] = {}
    for each in sent:
        endpoint = each.claimed.endpoint
        if not each.outcome.is_success or endpoint.consecutive_failures or endpoint.failing_since:
            by_endpoint.setdefault(endpoint.id, []).append(each.outcome)
    if by_endpoint:
        changed = (
            Endpoint.all_tenants.filter(id__in=by_endpoint).order_by("id").select_for_update(no_key=True)
        )
        for endpoint in changed:
            note_health(endpoint, by_endpoint[endpoint.id], now)


def note_health(endpoint: Endpoint, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Open or close the breaker; switch off what said it is gone, or failed for five days."""
    if any(outcome.is_success for outcome in outcomes):
        endpoint.note_success()
    else:
        for _ in outcomes:
            endpoint.note_failure(now)
    endpoint.save(update_fields=["consecutive_failures", "failing_since", "paused_until"])
    if any(outcome.outcome == "gone" for outcome in outcomes):
        disable(endpoint, "gone")
    elif endpoint.has_exhausted_patience(now):
        disable(endpoint, "failing")


def disable(endpoint: Endpoint, reason: str) -> None:
    """Switch off, with notice by mail and in the audit trail, which the organization's other endpoints hear of."""
    if not endpoint.is_enabled:
        return
    endpoint.is_enabled, endpoint.disabled_reason = False, reason
    endpoint.save(update_fields=["is_enabled", "disabled_reason"])
    caller = system_caller(endpoint.organization_id)
    record(
        Action.WEBHOOK_DISABLED,
        caller=caller,
        targets=[Target("webhook", endpoint.id)],
        details={"reason": reason, "project_id": str(endpoint.project_id) if endpoint.project_id else None},
    )
    for address in governors_addresses(caller):
        queue_mail(
            "webhook_disabled",
            address,
            organization=endpoint.organization.name,
            # The path may hold a secret, as Slack's do.
            host=urlsplit(endpoint.url).hostname or "",
            reason=TOLD[reason],
            kept_days=str(settings.WEBHOOK_RETENTION_DAYS),
        )
