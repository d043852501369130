"""Recurring work about domains."""

from promptguard.core.jobs.broker import QUEUES, app
from sso.services.domains import recheck_domains


@app.task(name="domains.recheck", queue_name=QUEUES[0], every_seconds=86_400.0)
def recheck(**_unknown: object) -> int:
    """Look for every verified domain's TXT record; one that is gone for a week loses its proof."""
    recheck_domains()
    return 0
