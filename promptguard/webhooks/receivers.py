"""The ear at the audit trail."""

from typing import Any

from django.dispatch import receiver

from audit.envelope import Envelope
from audit.signals import event_recorded
from promptguard.core.caller import Caller
from promptguard.webhooks.fanout import fan_out


@receiver(event_recorded)
def deliver_event(envelope: Envelope, caller: Caller, **_: Any) -> None:
    fan_out(envelope, caller)
