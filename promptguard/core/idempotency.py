"""A change happens once per Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07).

The claim is committed before the handler runs, so that others see it; it is completed in the transaction
of the effect, so that neither exists without the other. Whoever holds a claim for longer than the lease may
be taken for dead: the next one takes over, and the first can no longer commit.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.http import HttpRequest, HttpResponse

from promptguard.core.caller import Caller
from promptguard.core.crypto import open_sealed, seal
from promptguard.core.errors import Conflict, DomainError, Invalid
from promptguard.core.identifiers import uuid7
from promptguard.core.tenancy import organization_scope, platform_scope

LEASE_SECONDS = 60
LIFETIME_SECONDS = 86_400
# Each answer has its own of these.
NOT_KEPT = ("content-length", "ratelimit", "set-cookie", "x-ratelimit", "x-request-id")
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SHOWN_ONCE = "[shown once, in the first answer to this key]"
REPLAYED, MASKED = "Idempotent-Replayed", "Idempotent-Masked-Fields"
VISIBLE = re.compile(r"[\x21-\x7e]{1,255}\Z")
# The draft's key is a structured-field string, in quotes (RFC 9651, section 3.3.3); most clients send it bare.
QUOTED = re.compile(r'"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"\Z')

CLAIM = """
INSERT INTO core_idempotencyclaim AS held
  (id, scope_id, principal_id, key_hash, fingerprint, created_at, leased_until, expires_at)
VALUES (%s, %s, %s, %s, %s, clock_timestamp(),
  clock_timestamp() + make_interval(secs => %s), clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (scope_id, principal_id, key_hash) DO UPDATE
SET id = EXCLUDED.id, fingerprint = EXCLUDED.fingerprint, created_at = EXCLUDED.created_at,
  leased_until = EXCLUDED.leased_until, expires_at = EXCLUDED.expires_at, status = NULL, response = NULL
WHERE held.expires_at <= clock_timestamp()
  OR held.status IS NULL AND held.leased_until <= clock_timestamp() AND held.fingerprint = EXCLUDED.fingerprint
RETURNING id"""
EXISTING = """
SELECT id, fingerprint, status, response, ceil(extract(epoch FROM leased_until - clock_timestamp()))::int
FROM core_idempotencyclaim WHERE scope_id = %s AND principal_id = %s AND key_hash = %s"""
COMPLETE = "UPDATE core_idempotencyclaim SET status = %s, response = %s WHERE id = %s"
RELEASE = "DELETE FROM core_idempotencyclaim WHERE id = %s"
PURGE = """
DELETE FROM core_idempotencyclaim WHERE id IN
  (SELECT id FROM core_idempotencyclaim WHERE expires_at <= clock_timestamp() LIMIT %s FOR UPDATE SKIP LOCKED)"""


class InvalidIdempotencyKey(DomainError):
    code = "invalid_idempotency_key"
    message = "An Idempotency-Key has 1 to 255 visible ASCII characters."


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        told = "This key was used for another request: another method, path, query or body."
        super().__init__([{"loc": ["header", "Idempotency-Key"], "msg": told, "type": "reused"}], told)


class RequestInProgress(Conflict):
    code = "idempotency_key_in_use"
    message = "The first request with this key has not been answered yet."


class LeaseLost(Conflict):
    code = "idempotency_lease_lost"
    message = "This request took so long that another one with its key took over; nothing of it was kept."


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work, held until completed, released, or taken over."""

    id: UUID
    scope_id: UUID

    def complete(self, response: HttpResponse, secrets: Iterable[str]) -> None:
        """Keep the answer for replays, without the fields that are shown once. Raises LeaseLost."""
        kept = seal(_kept(response, list(secrets)), _place(self.id))
        with organization_scope(self.scope_id), connection.cursor() as cursor:
            cursor.execute(COMPLETE, [response.status_code, kept, self.id])
            if cursor.rowcount == 0:
                raise LeaseLost()

    def release(self) -> None:
        """Forget the claim, as if the request had never come."""
        with organization_scope(self.scope_id), connection.cursor() as cursor:
            cursor.execute(RELEASE, [self.id])


def claim(caller: Caller, request: HttpRequest) -> Claim | HttpResponse | None:
    """The right to answer `request`, or the answer it got before, or None where there is no key.

    Raises InvalidIdempotencyKey, IdempotencyKeyReused, RequestInProgress.
    """
    key = request.headers.get("Idempotency-Key")
    principal = caller.actor.id
    if key is None or request.method not in CHANGING or principal is None:
        return None
    scope_id = caller.organization_id or principal
    place = (scope_id, principal, hashlib.sha256(parse_key(key).encode()).digest())
    fingerprint = fingerprint_of(request)
    with organization_scope(scope_id), connection.cursor() as cursor:
        cursor.execute(CLAIM, [uuid7(), *place, fingerprint, LEASE_SECONDS, LIFETIME_SECONDS])
        if row := cursor.fetchone():
            return Claim(row[0], scope_id)
        cursor.execute(EXISTING, place)
        return _replay(cursor.fetchone(), fingerprint)


def _replay(found: Any, fingerprint: bytes) -> HttpResponse:
    if found is None:  # released this very moment
        raise RequestInProgress(headers={"Retry-After": "1"})
    claim_id, first, status, response, lease_seconds = found
    if bytes(first) != fingerprint:
        raise IdempotencyKeyReused()
    if status is None:
        raise RequestInProgress(headers={"Retry-After": str(max(lease_seconds, 1))})
    kept = orjson.loads(open_sealed(bytes(response), _place(claim_id)))
    headers = kept["headers"] | {REPLAYED: "true"}
    return HttpResponse(kept["body"].encode("latin-1"), status=status, headers=headers)


def parse_key(text: str) -> str:
    """The key in a header's value, bare or quoted. Raises InvalidIdempotencyKey."""
    quoted = QUOTED.match(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if not VISIBLE.match(key) or (text.startswith('"') and not quoted):
        raise InvalidIdempotencyKey()
    return key


def fingerprint_of(request: HttpRequest) -> bytes:
    """SHA-256 of method, path, query and body; the parts cannot run into one another."""
    parts = [request.method or "", request.path_info, request.META.get("QUERY_STRING", "")]
    head = "\n".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(head + b"\n" + request.body).digest()


def is_kept(response: HttpResponse) -> bool:
    """Refusals that a retry may turn into success, and our own failures, are not remembered; streams cannot be."""
    return (
        response.status_code not in (401, 403, 429) and response.status_code < 500 and not response.streaming
    )


def _kept(response: HttpResponse, secrets: list[str]) -> bytes:
    headers, body = dict(response.items()), response.content
    shown = orjson.loads(body) if secrets and body else None
    if isinstance(shown, dict) and (masked := [name for name in secrets if name in shown]):
        headers[MASKED] = ", ".join(masked)
        body = orjson.dumps(shown | dict.fromkeys(masked, SHOWN_ONCE))
    return orjson.dumps({"headers": _storable(headers), "body": body.decode("latin-1")})


def _storable(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not name.lower().startswith(NOT_KEPT)}


def _place(claim_id: UUID) -> bytes:
    return b"core.idempotency.response:" + claim_id.bytes


def purge_expired(limit: int = 10_000) -> int:
    """Delete claims past their day; how many. For operators and the beat, over all tenants."""
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(PURGE, [limit])
        return int(cursor.rowcount)
