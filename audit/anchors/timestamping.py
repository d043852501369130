"""RFC 3161: a time-stamping authority certifies that the global note existed at a moment, by somebody else's clock.

Needs the `anchors` extra (rfc3161-client, which itself opens no connection).
"""

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 10
LARGEST_ANSWER = 64 * 1024


class TimestampRefused(RuntimeError):
    """The authority did not grant a time stamp for what was asked."""


def post(url: str, body: bytes) -> bytes:
    """Send a time-stamp query over HTTP (RFC 3161, section 3.4)."""
    if not url.startswith(("https://", "http://")):
        raise TimestampRefused("a time-stamping authority is reached by http or https")
    request = Request(url, data=body, headers={"Content-Type": "application/timestamp-query"})  # noqa: S310
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  the operator's own setting, checked above
        content: bytes = answer.read(LARGEST_ANSWER)
    return content


class TimestampSink:
    """The receipt is the whole DER response; the authority sees a hash only."""

    name = "tsa"

    def __init__(self, url: str, send: Callable[[str, bytes], bytes] = post) -> None:
        self._url, self._send = url, send

    def publish(self, record: Any) -> bytes:
        """Raises TimestampRefused, ValueError or OSError."""
        from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response

        request = TimestampRequestBuilder().data(record.note.encode()).build()
        answer = self._send(self._url, request.as_bytes())
        response = decode_timestamp_response(answer)
        imprint = response.tst_info.message_imprint.message
        if response.tst_info.nonce != request.nonce or imprint != request.message_imprint.message:
            raise TimestampRefused("the time stamp is about something else")
        return answer


def stamped_digest(receipt: bytes) -> bytes:
    """The digest that a receipt certifies: compare with `note_digest`."""
    from rfc3161_client import decode_timestamp_response

    digest: bytes = decode_timestamp_response(receipt).tst_info.message_imprint.message
    return digest


def note_digest(note: str) -> bytes:
    return hashlib.sha512(note.encode()).digest()
