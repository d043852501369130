"""Verify a PromptGuard webhook. Python 3.9 or newer, nothing to install.

    verify(secret, request.headers, request.body, seen=my_store)

`secret` is the text shown once when the endpoint was made (`whsec_...`); `body` the raw bytes, before any parsing.
"""

import base64
import hashlib
import hmac
import time

TOLERANCE_SECONDS = 300


class Rejected(Exception):
    """Do not act on this request; answer 400."""


def verify(secret: str, headers: dict[str, str], body: bytes, seen: set[str], now: float = 0.0) -> str:
    """The webhook-id. `seen` remembers the ids you acted on (a set, or a table with a unique key); raises Rejected."""
    headers = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split()
        age = (now or time.time()) - int(timestamp)
    except (KeyError, ValueError):
        raise Rejected("headers are missing or malformed") from None
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # During a rotation there are two signatures; one of them is enough.
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in given):
        raise Rejected("the signature does not match")
    if abs(age) > TOLERANCE_SECONDS:
        raise Rejected("the timestamp is too old")
    if message_id in seen:
        raise Rejected("this delivery was acted on already; answer 200")
    seen.add(message_id)
    return message_id


def verify_documented_header(secret: str, headers: dict[str, str], body: bytes) -> None:
    """The older header alone. It proves who wrote the body but not when: prefer `verify`. Raises Rejected."""
    headers = {name.lower(): value for name, value in headers.items()}
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    names = ("x-promptguard-signature", "x-promptguard-signature-previous")
    if not any(hmac.compare_digest(expected.encode(), headers.get(name, "").encode()) for name in names):
        raise Rejected("the signature does not match")
