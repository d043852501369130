"""Prompt injection, jailbreaks, prompt extraction and instructed data theft, found by weighted rules."""

from promptguard.guard.engine.detectors.injection.scanner import RuleHit, scan_rules

__all__ = ["RuleHit", "scan_rules"]
