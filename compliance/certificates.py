"""The signed deletion certificate: a C2SP note that anybody with our public key can check.

promptguard/erasure/v1
request <id>
scope person | organization | end_user
subject <salt>:<SHA-256 of salt and the subject's id>
requested, completed <time>
erased <rows> <what>           as often as needed
kept <what>: <why>             as often as needed
rescan 0                       the second look found nothing
chain <organization> <epoch> <seq> <hash>      where each audit chain stood, the announcement being in it
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from audit.keys import current_key
from audit.models import AuditEvent, Head
from audit.notes import MalformedNote, split
from audit.verification.keys import keyring
from compliance.models import PrivacyRequest
from promptguard.core.canonical import timestamp
from promptguard.core.privacy import Erasure, declared
from promptguard.core.tenancy import platform_scope

FORMAT = "promptguard/erasure/v1"


class NotACertificate(ValueError):
    """Malformed, altered, or signed by a key that we never had."""


def certify(request: PrivacyRequest, organizations: Iterable[UUID], reference: str) -> str:
    """The certificate of a finished erasure: what went, how much, when, and where each chain stood."""
    lines = [
        FORMAT,
        f"request {request.id}",
        f"scope {request.scope}",
        f"subject {reference}",
        f"requested {timestamp(request.created_at)}",
        f"completed {timestamp(timezone.now())}",
        *(f"erased {count} {name}" for name, count in sorted(request.counts.items())),
        *(f"kept {', '.join(models)}: {ground}" for ground, models in _kept(request).items()),
        "rescan 0",
        *_chain_lines(organizations),
    ]
    return current_key().sign("\n".join(lines) + "\n")


def _kept(request: PrivacyRequest) -> dict[str, list[str]]:
    """Ground → models that say something about people and stay all the same (GDPR Art. 17(3))."""
    found: dict[str, list[str]] = defaultdict(list)
    whole = request.scope == PrivacyRequest.Scope.ORGANIZATION
    for holding in declared().values():
        is_chain = holding.model.startswith("audit.")
        if holding.erasure is Erasure.RETAIN and (is_chain or (holding.personal and not whole)):
            found[holding.ground].append(holding.model)
    return found


def subject_reference(subject_id: UUID) -> str:
    """Salted, so that the certificate names nobody; who keeps salt and id together can prove it is theirs."""
    salt = os.urandom(16)
    return f"{salt.hex()}:{hashlib.sha256(salt + subject_id.bytes).hexdigest()}"


def is_about(certificate: str, subject_id: UUID) -> bool:
    """Whether the certificate is the one of this user, organization or end user."""
    salt, _, digest = facts(certificate)["subject"][0].partition(":")
    return hashlib.sha256(bytes.fromhex(salt) + subject_id.bytes).hexdigest() == digest


def _chain_lines(organizations: Iterable[UUID]) -> list[str]:
    with platform_scope():
        heads = Head.all_tenants.filter(organization_id__in=list(organizations)).order_by(
            "organization_id", "epoch"
        )
        return [
            f"chain {head.organization_id} {head.epoch} {head.seq} {bytes(head.hash).hex()}"
            for head in heads
            if head.seq
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


def strange_chains(certificate: str) -> tuple[list[str], list[str]]:
    """Chain lines that our log contradicts, and those that it cannot confirm any more (pruned, or not ours)."""
    wrong, unknown = [], []
    for line in facts(certificate).get("chain", ()):
        organization_id, epoch, seq, link = line.split(" ")
        with platform_scope():
            found = AuditEvent.all_tenants.filter(organization_id=UUID(organization_id), epoch=epoch, seq=seq)
            event = found.first()
        if event is None:
            unknown.append(line)
        elif bytes(event.hash).hex() != link:
            wrong.append(line)
    return wrong, unknown


def facts(certificate: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in certificate.partition("\n\n")[0].splitlines()[1:]:
        name, _, value = line.partition(" ")
        found.setdefault(name, []).append(value)
    return found
