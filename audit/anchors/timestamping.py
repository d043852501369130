"""RFC 3161: a time-stamping authority certifies that the global note existed at a moment, by somebody else's clock.

Needs the `anchors` extra (rfc3161-client, which itself opens no connection).
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

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

    def __init__(self, url: str, roots: str, send: Callable[[str, bytes], bytes] = post) -> None:
        self._url, self._roots, self._send = url, roots, send

    def publish(self, record: Any) -> bytes:
        """Raises TimestampRefused, ValueError or OSError."""
        request = TimestampRequestBuilder().data(record.note.encode()).build()
        answer = self._send(self._url, request.as_bytes())
        certified_at(answer, record.note, self._roots, nonce=request.nonce)
        return answer


def certified_at(receipt: bytes, note: str, roots: str, nonce: int | None = None) -> datetime:
    """When the authority saw `note`, if its certificate chains to one in the PEM file `roots`.

    Raises TimestampRefused, and OSError where the file cannot be read.
    """
    try:
        trusted = x509.load_pem_x509_certificates(Path(roots).read_bytes()) if roots else []
        verifier = VerifierBuilder(roots=trusted, nonce=nonce).build()
        response = decode_timestamp_response(receipt)
        verifier.verify_message(response, note.encode())
    except (ValueError, VerificationError) as error:
        raise TimestampRefused("not a time stamp of this note by an authority that is trusted") from error
    moment: datetime = response.tst_info.gen_time
    return moment
