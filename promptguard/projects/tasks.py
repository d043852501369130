"""Recurring work about keys."""

from promptguard.core.jobs.broker import QUEUES, app
from promptguard.projects.rotation import warn_expiring_keys


@app.task(name="api_keys.warn", queue_name=QUEUES[0], every_seconds=21_600.0)
def warn(**_unknown: object) -> int:
    """Tell whose keys will expire soon."""
    warn_expiring_keys()
    return 0
