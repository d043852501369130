"""What a text is about rather than whom it orders: toxicity, fraud, malware, insecure code, addresses,
language.
"""

from promptguard.guard.engine.detectors.content.language import detect_language, gibberish_score
from promptguard.guard.engine.detectors.content.scanner import (
    ContentHit,
    WeaknessHit,
    scan_code,
    scan_content,
)
from promptguard.guard.engine.detectors.content.urls import UrlHit, domain_name, judge_url, scan_urls

__all__ = [
    "ContentHit",
    "UrlHit",
    "WeaknessHit",
    "detect_language",
    "domain_name",
    "gibberish_score",
    "judge_url",
    "scan_code",
    "scan_content",
    "scan_urls",
]
