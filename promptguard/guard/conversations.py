"""What is remembered of a conversation: signals of its last turns for an hour, never text (contract 1.3).

The memory is Django's cache: Valkey when it is configured, else this process. Whatever goes wrong with it, the
turn is judged on its own, and the answer says so.
"""

import hashlib
import time
from dataclasses import replace

import structlog
from django.core.cache import cache

from promptguard.guard.engine import Content, Direction, Unavailable, Verdict
from promptguard.guard.engine.agents import TurnSignals, drift_finding, signals_of
from promptguard.guard.engine.agents.conversation import MAX_TURNS
from promptguard.guard.keeping import texts_of

LIFETIME_SECONDS = 3600
Turn = tuple[float, tuple[str, ...], bool, float]
log = structlog.get_logger(__name__)


def with_memory(content: Content, verdict: Verdict, key: str) -> Verdict:
    """`verdict` with a candidate finding where this turn pivots after priming turns; remembers the turn."""
    text = next((_text(message) for message in reversed(content.messages) if message.role == "user"), "")
    if content.direction is not Direction.INPUT or not text:
        return verdict
    current, now = signals_of(text, verdict), time.time()
    try:
        turns: list[Turn] = [each for each in cache.get(key) or () if now - each[0] <= LIFETIME_SECONDS]
        this = (now, tuple(sorted(current.priming)), current.is_sensitive, current.score)
        cache.set(key, [*turns, this][-MAX_TURNS:], LIFETIME_SECONDS)
    except Exception:  # noqa: BLE001  a cache may fail in any way, and none may fail the request
        log.warning("conversation memory is unreachable")
        missing = Unavailable("conversation", "memory_unreachable")
        return replace(verdict, unavailable=(*verdict.unavailable, missing))
    previous = [TurnSignals(frozenset(priming), sensitive, score) for _, priming, sensitive, score in turns]
    finding = drift_finding(previous, current)
    return replace(verdict, findings=(*verdict.findings, finding)) if finding else verdict


def _text(message: object) -> str:
    return "\n".join(texts_of(getattr(message, "content", None)))


def memory_key(project_id: object, end_user: str, session_id: str) -> str:
    """Names project, end user and session without repeating them."""
    named = f"{project_id}\0{end_user}\0{session_id}".encode("utf-8", "replace")
    return f"guard:turns:{hashlib.sha256(named).hexdigest()}"


def forget(key: str) -> bool:
    """End a conversation. False when nothing was remembered, or the memory is unreachable."""
    try:
        return bool(cache.delete(key))
    except Exception:  # noqa: BLE001  the memory forgets by itself within the hour
        return False
