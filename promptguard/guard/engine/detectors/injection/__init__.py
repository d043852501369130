"""Prompt injection, jailbreaks, prompt extraction and instructed data theft: weighted rules and a
trained model.
"""

from promptguard.guard.engine.detectors.injection.learned import NOTICEABLE, model_evidence
from promptguard.guard.engine.detectors.injection.scanner import RuleHit, combined_score, scan_rules

__all__ = ["NOTICEABLE", "RuleHit", "combined_score", "model_evidence", "scan_rules"]
