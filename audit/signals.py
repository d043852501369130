"""What higher floors may want to hear: each recorded event, inside its transaction.

A receiver that raises undoes the change: whoever has to be told is told, or nothing happened.
"""

from django.dispatch import Signal

# envelope: audit.envelope.Envelope; caller: promptguard.core.caller.Caller.
event_recorded = Signal()
