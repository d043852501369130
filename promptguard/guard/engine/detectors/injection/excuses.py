# ruff: noqa: E501 — a pattern is one line per idea
"""Speaking about an instruction is not giving it: what stands around a match can make it less of an alarm.

Users drop guards over false alarms first, and those come from quotations, questions and everyday homonyms.
An excuse
lowers a rule's confidence below the block threshold and seldom below the warning, so nothing is hidden by it.
"""

from __future__ import annotations

from functools import cache

import re2

from promptguard.guard.engine.content import Origin
from promptguard.guard.engine.detectors.injection.grammar import Rule

_BEFORE, _AFTER = 110, 60
_QUOTES = "\"'“”‘’«»`„"
# Asking for one's own instructions is the attack itself, however it is phrased.
_NEVER_EXCUSED = frozenset({"extract", "forged", "hidden", "marker", "checker"})
_MENTION = r"(?i)\b(?:phrase|word|words|sentence|says?|said|saying|mean|means|meaning|called|like|such as|e\.g\.|example|examples|string|translate|titled?|attacks?|term|line|quote|keyword|headline|lyrics?|slogan|song|shows?|written|wrote)\b"
_EXPLAINING = (
    r"(?i)(?:^|[.!?\n]\s*|,\s*)(?:(?:please|can you|could you|hi|hello|hey|so|and|but|also)[, ]{1,2}){0,2}"
    r"(?:what (?:is|are|was|does|do|did|happens|kind|would)|how (?:do|does|did|can|could|to|should|would|is|are)|explain|"
    r"describe|why|define|who|when|where|which|is (?:it|there|this)|are there|does|did|should (?:i|we)|tell me about|"
    r"translate|proofread|classify|detect|compare|difference between|write (?:a|an|some|unit)? ?(?:article|essay|blog|"
    r"policy|paper|tests?|unit tests?|regex|paragraph|report|poem|story|joke)|in (?:my|the|this) (?:story|novel|film|game))"
    r"\b[^.!?\n]*$"
)
_DEFENDING = r"(?i)\b(?:protect|defend|prevent|mitigat|detect|guard against|secure|safe from|avoid being|stop attackers|resist|harden|vulnerab|security research|owasp|red team)"
# Everyday things that share words with attacks.
_EVERYDAY = (
    r"(?i)\b(?:css|eslint|lint(?:er)?|firewall|iptables|webpack|stylesheet|gitignore|regex|robots\.txt|git|docker|excel|"
    r"spreadsheet|formula|compiler|android|iphone|ios|chrome|firefox|windows|macos|linux|laptop|phone|tablet|usb|router|"
    r"e-?mail|invoice|order number|delivery|pizza|refund|subscription|recipe|chess|board game|football|scp|sftp|rsync|s3|"
    r"wordpress|bash|powershell|sql|python|javascript|typescript|java|rust|golang|unit tests?|pull request|merge|commit)\b"
)


@cache
def _compiled() -> dict[str, re2._Regexp]:
    sources = {"mention": _MENTION, "explaining": _EXPLAINING, "defending": _DEFENDING, "everyday": _EVERYDAY}
    return {name: re2.compile(source) for name, source in sources.items()}


def excuse(rule: Rule, text: str, start: int, end: int, origin: Origin) -> float:
    """Factor 0..1 for the confidence of a match at `text[start:end]`; 1 when nothing excuses it."""
    if rule.group in _NEVER_EXCUSED:
        return 1.0
    patterns, factor = _compiled(), 1.0
    before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
    if _opens_quote(before) and patterns["mention"].search(before):
        factor *= 0.6
    if patterns["defending"].search(before):
        factor *= 0.75
    if origin.is_indirect:
        # Nobody asks a question in a tool result: there, a question before an order is a lure.
        return max(factor, 0.35)
    if patterns["explaining"].search(before):
        factor *= 0.7
    if patterns["everyday"].search(before + text[start:end] + after):
        factor *= 0.7
    return max(factor, 0.35)


def _opens_quote(before: str) -> bool:
    return any(quote in before[-3:] for quote in _QUOTES)
