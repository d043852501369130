"""Recurring work about domains, and about what directories asked."""

from django.utils import timezone

from promptguard.core.jobs.broker import QUEUES, app
from sso.services.domains import recheck_domains
from sso.services.requests import forget_requests


@app.task(name="domains.recheck", queue_name=QUEUES[0], every_seconds=86_400.0)
def recheck(**_unknown: object) -> int:
    """Look for every verified domain's TXT record; one that is gone for a week loses its proof."""
    recheck_domains()
    return 0


@app.task(name="directory.forget", queue_name=QUEUES[0], every_seconds=3_600.0)
def forget(**_unknown: object) -> int:
    """Keep the log of directories' requests short."""
    forget_requests(timezone.now())
    return 0
