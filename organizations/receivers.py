"""What the kernel announces, handed on."""

from typing import Any

from django.dispatch import receiver

from organizations.networks.services import note_denial
from promptguard.core.access import network_denied
from promptguard.core.caller import Caller


@receiver(network_denied)
def on_network_denied(caller: Caller, **kwargs: Any) -> None:
    note_denial(caller)
