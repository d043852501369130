"""What can be done in the guard's room: screen, configure, judge, test."""

from promptguard.guard.services.screening import Attribution, Screening, log_verdict, redact, screen

__all__ = ["Attribution", "Screening", "log_verdict", "redact", "screen"]
