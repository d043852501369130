"""The signed deletion certificate: a C2SP note that anybody with our public key can check."""

import hashlib
import os
from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from audit.keys import current_key
from audit.models import Head
from audit.notes import MalformedNote, split
from audit.verification.keys import keyring
from compliance.models import PrivacyRequest
from promptguard.core.canonical import timestamp
from promptguard.core.tenancy import platform_scope

FORMAT = "promptguard/erasure/v1"


class NotACertificate(ValueError):
    """Malformed, altered, or signed by a key that we never had."""


def certify(request: PrivacyRequest, organizations: Iterable[UUID], reference: str) -> str:
    """The certificate of a finished erasure: what went, how much, when, and where each chain stood."""
    lines = [
        FORMAT,
        f"request {request.id}",
        f"subject {reference}",
        f"requested {timestamp(request.created_at)}",
        f"completed {timestamp(timezone.now())}",
        *(f"erased {count} {name}" for name, count in sorted(request.counts.items())),
        "rescan 0",
        *_chain_lines(organizations),
    ]
    return current_key().sign("\n".join(lines) + "\n")


def subject_reference(user_id: UUID) -> str:
    """Salted, so that the certificate names nobody; who keeps salt and id together can prove it is theirs."""
    salt = os.urandom(16)
    return f"{salt.hex()}:{hashlib.sha256(salt + user_id.bytes).hexdigest()}"


def is_about(certificate: str, user_id: UUID) -> bool:
    """Whether the certificate is the one of this user id."""
    salt, _, digest = facts(certificate)["subject"][0].partition(":")
    return hashlib.sha256(bytes.fromhex(salt) + user_id.bytes).hexdigest() == digest


def _chain_lines(organizations: Iterable[UUID]) -> list[str]:
    with platform_scope():
        heads = Head.all_tenants.filter(organization_id__in=list(organizations)).order_by(
            "organization_id", "epoch"
        )
        return [
            f"chain {head.organization_id} {head.epoch} {head.seq} {bytes(head.hash).hex()}" for head in heads
        ]


def verify(certificate: str, pinned: Iterable[str] = ()) -> dict[str, list[str]]:
    """The facts of a genuine certificate, by first word. Raises NotACertificate."""
    try:
        body, _ = split(certificate)
    except MalformedNote as error:
        raise NotACertificate("not a signed note") from error
    if not body.startswith(FORMAT + "\n"):
        raise NotACertificate("a signed note, but not of an erasure")
    if keyring(pinned).signer(certificate) is None:
        raise NotACertificate("altered, or not signed by a key of ours")
    return facts(certificate)


def facts(certificate: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in certificate.partition("\n\n")[0].splitlines()[1:]:
        name, _, value = line.partition(" ")
        found.setdefault(name, []).append(value)
    return found
