"""The ear at the audit trail."""

from typing import Any

from django.dispatch import receiver

from audit.actions import Action
from audit.envelope import Envelope
from audit.signals import event_recorded
from compliance.services import wake_blocked


@receiver(event_recorded)
def look_again(envelope: Envelope, **_: Any) -> None:
    """An erasure that waits for a hold goes on when one is released."""
    if envelope.action == Action.LEGAL_HOLD_RELEASED:
        wake_blocked()
