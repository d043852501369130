"""Who sent it: Standard Webhooks 1.0, and the header that PromptGuard's customers know (contract, section 3)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def generate_secret() -> str:
    """`whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>`: HMAC-SHA256 over `id.timestamp.body` under the decoded secret."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    mac = hmac.digest(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(mac).decode()}"


def documented_signature(secret: str, body: bytes) -> str:
    """`sha256=<hex>`: HMAC-SHA256 over the body alone, under the secret as it is written."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signature_headers(valid: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Headers of both families under the current secret and, while it still counts, the previous one."""
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in valid),
        "X-PromptGuard-Timestamp": str(timestamp),
        "X-PromptGuard-Signature": documented_signature(valid[0], body),
    }
    if len(valid) > 1:
        headers["X-PromptGuard-Signature-Previous"] = documented_signature(valid[1], body)
    return headers
