"""The drain: one thread claims and settles, the others only send. Several processes may run it at once."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from audit.holds import organizations_on_hold
from promptguard.core import metrics
from promptguard.core.http import Outbound, outbound
from promptguard.core.jobs.running import stopping
from promptguard.core.tenancy import platform_scope
from promptguard.webhooks.claims import Claimed, claim_due
from promptguard.webhooks.models import Delivery
from promptguard.webhooks.sending import Outcome, attempt
from promptguard.webhooks.settling import Sent, settle

# While some receivers hang, the free hands look for new work this often.
GLANCE_SECONDS = 0.25
BUDGET_SECONDS = 60.0
Clock = Callable[[], datetime]


def deliver_due(
    *, clock: Clock = timezone.now, client: Outbound | None = None, seconds: float = BUDGET_SECONDS
) -> int:
    """Send what is due until nothing is, or for about `seconds`; returns the number of attempts."""
    client, deadline, count = client or outbound(), time.monotonic() + seconds, 0
    hands = settings.WEBHOOK_CONCURRENCY
    flying: dict[Future[Outcome], Claimed] = {}
    with ThreadPoolExecutor(hands, thread_name_prefix="webhook") as pool:
        landed: list[Sent] = []
        while True:
            goes_on = not stopping.is_set() and time.monotonic() < deadline
            for claimed in _exchange(landed, clock, hands - len(flying) if goes_on else 0, hands):
                flying[pool.submit(attempt, claimed, client, clock)] = claimed
            if not flying:
                break
            done, _ = wait(flying, GLANCE_SECONDS, FIRST_COMPLETED)
            landed = [Sent(flying.pop(future), future.result()) for future in done]
            count += len(landed)
    return count


def _exchange(landed: list[Sent], clock: Clock, free: int, hands: int) -> list[Claimed]:
    """Settle what came back and claim what fits, in one transaction."""
    if not landed and not free:
        return []
    # Longer than an attempt can take, or a slow receiver would get everything twice.
    lease = settings.WEBHOOK_TIMEOUT_SECONDS * 2 + 1
    with platform_scope():
        settle(landed, clock())
        return claim_due(clock(), limit=free, lease_seconds=lease, concurrency=hands) if free else []


def measure_backlog(now: datetime) -> float:
    """Seconds that the oldest delivery is overdue, also as a metric; 0 when none is."""
    with platform_scope():
        waiting = Delivery.all_tenants.filter(
            status=Delivery.Status.PENDING, endpoint__is_enabled=True, due_at__lte=now
        )
        oldest = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    age = (now - oldest).total_seconds() if oldest else 0.0
    metrics.WEBHOOK_BACKLOG_AGE.set(age)
    return age


def prune_deliveries(now: datetime) -> int:
    """Forget deliveries that ended, and those whose endpoint stays switched off, after the retention; how many.

    Organizations under a legal hold of everything keep theirs.
    """
    before = now - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    with platform_scope():
        old = Delivery.all_tenants.filter(created_at__lt=before).exclude(
            organization_id__in=organizations_on_hold()
        )
        ended = old.exclude(status=Delivery.Status.PENDING) | old.filter(endpoint__is_enabled=False)
        return ended.delete()[0]
