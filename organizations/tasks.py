"""Recurring work about people."""

from organizations.mailing import send_due_mail
from promptguard.core.jobs.broker import QUEUES, app


@app.task(name="mail.send", queue_name=QUEUES[0], every_seconds=30.0)
def send(**_unknown: object) -> int:
    """Mail that could not be sent at once, when it is due again."""
    send_due_mail()
    return 0
