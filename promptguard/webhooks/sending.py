"""One attempt: sign, send, and say how it went. Plain HTTP work without a database, so it can run in any thread."""

import email.utils
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.conf import settings

from promptguard.core.crypto import SealBroken, open_sealed
from promptguard.core.errors import DomainError
from promptguard.core.http import Answer, NotReached, Outbound
from promptguard.core.syslog import deliver, is_syslog, message
from promptguard.webhooks.claims import Claimed
from promptguard.webhooks.models import Endpoint
from promptguard.webhooks.signing import signature_headers

GONE = 410
LONGEST_RETRY_AFTER = timedelta(hours=24)
AGENT = "PromptGuard-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: `delivered`, `http_error`, `gone`, `refused`, or what NotReached says."""

    outcome: str
    status_code: int | None
    started_at: datetime
    seconds: float
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        return self.outcome == "delivered"


def attempt(claimed: Claimed, client: Outbound, clock: Callable[[], datetime]) -> Outcome:
    """Send one delivery. Whatever goes wrong becomes an outcome."""
    endpoint, now = claimed.endpoint, clock()
    if is_syslog(endpoint.url):
        return transmit_lines(endpoint, [message(claimed.body.decode())], client, now)
    return transmit(endpoint, claimed.message_id, claimed.body, "application/json", client, now)


def transmit(
    endpoint: Endpoint, message_id: str, body: bytes, media_type: str, client: Outbound, now: datetime
) -> Outcome:
    """POST `body` to the endpoint under both families of signatures."""
    started, status, retry_after = time.perf_counter(), None, None
    try:
        headers = {**custom_headers(endpoint), "Content-Type": media_type, "User-Agent": AGENT}
        headers |= signature_headers(endpoint.secrets(now), message_id, int(now.timestamp()), body)
        answer = client.send(
            "POST", endpoint.url, headers=headers, body=body, seconds=settings.WEBHOOK_TIMEOUT_SECONDS
        )
        status, outcome = answer.status, verdict(answer.status)
        retry_after = _retry_after(answer, now)
    except NotReached as error:
        outcome = error.kind
    except DomainError:
        outcome = "refused"
    except SealBroken:
        outcome = "unsealable"
    return Outcome(outcome, status, now, time.perf_counter() - started, retry_after)


def transmit_lines(endpoint: Endpoint, lines: Iterable[str], client: Outbound, now: datetime) -> Outcome:
    """Send syslog `lines`, which nobody signs: TLS is all that syslog has."""
    started, outcome = time.perf_counter(), "delivered"
    try:
        deliver(client, endpoint.url, lines, seconds=settings.WEBHOOK_TIMEOUT_SECONDS)
    except NotReached as error:
        outcome = error.kind
    except DomainError:
        outcome = "refused"
    return Outcome(outcome, None, now, time.perf_counter() - started)


def verdict(status: int) -> str:
    """2xx is success and nothing else; a redirect is not followed, so it is a failure."""
    if 200 <= status < 300:
        return "delivered"
    return "gone" if status == GONE else "http_error"


def custom_headers(endpoint: Endpoint) -> dict[str, str]:
    if endpoint.headers is None:
        return {}
    headers: dict[str, str] = orjson.loads(open_sealed(bytes(endpoint.headers), endpoint.place))
    return headers


def _retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """RFC 9110, section 10.2.3: seconds or a date; at most a day."""
    text = next(
        (value for name, value in answer.headers.items() if name.lower() == "retry-after"), ""
    ).strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(timedelta(0), min(moment - now, LONGEST_RETRY_AFTER))
