"""The package: gathered, made canonical, signed; and checked again by whoever gets it."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.keys import UnusableKeyFile, signing_keys
from audit.notes import MalformedNote, split
from audit.services import record
from audit.verification.keys import keyring
from compliance.evidence import facts
from compliance.evidence.facts import Scope
from compliance.posture import services as posture
from organizations.models import Organization
from promptguard.core.caller import ActorType, Caller
from promptguard.core.canonical import NotCanonical, canonical, simplify
from promptguard.core.errors import Invalid
from promptguard.core.tenancy import organization_scope, platform_scope

FORMAT = "promptguard/evidence/v1"
DEFAULT_SPAN = timedelta(days=90)
SECTIONS: Mapping[str, Callable[[Scope], Any]] = {
    "organization": facts.organization,
    "configuration": facts.configuration,
    "access": facts.access,
    "keys": facts.keys,
    "audit": facts.audit,
    "changes": facts.changes,
    "guard": facts.guard,
    "retention": facts.retained,
    "holds": facts.holds,
    "privacy": facts.privacy,
    "processing": facts.processing,
}


class NotEvidence(ValueError):
    """Malformed, altered, or signed by a key that we never had."""


@dataclass(frozen=True, slots=True)
class Package:
    """`document` is what was gathered; `signature` is a signed note over its SHA-256, empty without a signing key."""

    document: dict[str, Any]
    sha256: str
    signature: str

    def as_dict(self) -> dict[str, Any]:
        return {"document": self.document, "sha256": self.sha256, "signature": self.signature}


def make_package(
    *,
    caller: Caller,
    organization: Organization,
    since: datetime | None = None,
    until: datetime | None = None,
    verifies_all: bool = False,
) -> Package:
    """Gather, sign and record it. `verifies_all` walks even a long chain. Raises Invalid for an empty span."""
    until = until or timezone.now()
    since = since or until - DEFAULT_SPAN
    if since >= until:
        raise Invalid.field("until", "Must come after `since`.", "range")
    scope = Scope(organization, since, until, verifies_all)
    with platform_scope():
        document = _gathered(scope, to_operator=caller.actor.type is ActorType.SYSTEM)
    package = _signed(document)
    with organization_scope(organization.id):
        record(
            Action.COMPLIANCE_REPORTED,
            caller=caller,
            organization_id=organization.id,
            targets=[Target("organization", organization.id)],
            details={"sha256": package.sha256},
        )
    return package


def _gathered(scope: Scope, *, to_operator: bool) -> dict[str, Any]:
    findings = posture.look(scope.organization.id)
    told: Any = simplify(
        {
            "format": FORMAT,
            "generated_at": timezone.now(),
            "period": {"since": scope.since, "until": scope.until},
            **{name: gather(scope) for name, gather in SECTIONS.items()},
            "posture": posture.told(findings, to_operator=to_operator),
            "controls": facts.controls(findings),
        }
    )
    return dict(told)


def _signed(document: dict[str, Any]) -> Package:
    digest = hashlib.sha256(canonical(document)).hexdigest()
    try:
        return Package(document, digest, signing_keys()[-1].sign(f"{FORMAT}\n{digest}\n"))
    except UnusableKeyFile:
        return Package(document, digest, "")


def verify(package: Mapping[str, Any], pinned: Iterable[str] = ()) -> dict[str, Any]:
    """The document of a genuine package. Raises NotEvidence."""
    try:
        document, signature = dict(package["document"]), str(package["signature"])
        digest = hashlib.sha256(canonical(document)).hexdigest()
        body, _ = split(signature)
    except (KeyError, TypeError, ValueError, NotCanonical, MalformedNote) as error:
        raise NotEvidence("not a signed package of evidence") from error
    if body != f"{FORMAT}\n{digest}\n":
        raise NotEvidence("the document is not the one that was signed")
    if keyring(pinned).signer(signature) is None:
        raise NotEvidence("not signed by a key of ours")
    return document
