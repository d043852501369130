"""Prompt injection, jailbreaks, prompt extraction and instructed data theft, found by weighted rules."""

from .scanner import RuleHit, scan_rules

__all__ = ["RuleHit", "scan_rules"]
