"""An event before it is sealed: what happened, as the canonical bytes that everything else hashes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from audit.actions import Action, Outcome, Severity
from promptguard.core.canonical import canonical, leaf_hash, simplify, timestamp

VERSION = 1
MASKED = "[masked]"
SECRET_WORDS = ("secret", "password", "token", "credential", "private_key", "authorization", "client_key")


@dataclass(frozen=True, slots=True)
class Target:
    """What an event is about. A person is named by user id, which the chain only knows as a pseudonym."""

    type: str
    ref: str | UUID

    @property
    def is_person(self) -> bool:
        return self.type == "user"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the writer knows at once: `integrity_hash` is the leaf that the chain will commit to (hex)."""

    event_id: UUID
    integrity_hash: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields of one event with every person already replaced by a pseudonym."""

    event_id: UUID
    organization_id: UUID
    action: Action
    occurred_at: datetime
    actor_type: str
    actor_ref: str
    via: str
    targets: Sequence[tuple[str, str]]
    outcome: Outcome
    severity: Severity
    request_id: str
    public: Mapping[str, Any]
    commitments: Sequence[tuple[str, str]] = field(default=())

    def canonical(self) -> bytes:
        """The bytes that are hashed and stored. Raises NotCanonical."""
        return canonical(
            {
                "v": VERSION,
                "id": str(self.event_id),
                "org": str(self.organization_id),
                "type": str(self.action),
                "at": timestamp(self.occurred_at),
                "actor": {"type": str(self.actor_type), "ref": self.actor_ref, "via": str(self.via)},
                "targets": [{"type": kind, "ref": ref} for kind, ref in self.targets],
                "outcome": str(self.outcome),
                "severity": str(self.severity),
                "request_id": self.request_id,
                "pub": simplify(self.public),
                "priv": [{"s": subject, "c": commitment} for subject, commitment in self.commitments],
            }
        )

    @classmethod
    def read(cls, document: bytes) -> "Envelope":
        """The envelope that `canonical` wrote. Raises KeyError, ValueError for anything else."""
        told = orjson.loads(document)
        return cls(
            event_id=UUID(told["id"]),
            organization_id=UUID(told["org"]),
            action=Action(told["type"]),  # type: ignore[call-arg]
            occurred_at=datetime.fromisoformat(told["at"]),
            actor_type=told["actor"]["type"],
            actor_ref=told["actor"]["ref"],
            via=told["actor"]["via"],
            targets=[(target["type"], target["ref"]) for target in told["targets"]],
            outcome=Outcome(told["outcome"]),
            severity=Severity(told["severity"]),
            request_id=told["request_id"],
            public=told["pub"],
            commitments=[(part["s"], part["c"]) for part in told["priv"]],
        )

    def inbox_row(self) -> list[Any]:
        """The values of an `audit_inbox` row, in the order of INBOX_COLUMNS."""
        document = self.canonical()
        return [
            self.event_id,
            self.organization_id,
            self.occurred_at,
            str(self.action),
            self.actor_ref,
            [ref for _kind, ref in self.targets],
            str(self.outcome),
            str(self.severity),
            document,
            leaf_hash(document),
        ]


INBOX_COLUMNS = "event_id, org_id, occurred_at, event_type, actor_ref, target_refs, outcome, severity, canonical, leaf_hash"


def public_part(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    details: Mapping[str, Any] | None,
    reason: str,
) -> dict[str, Any]:
    """What changed (only what differs), the details and the reason; secrets are masked, empty parts left out."""
    if before is not None and after is not None:
        kept = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        before = {key: before[key] for key in kept if key in before}
        after = {key: after[key] for key in kept if key in after}
    parts = {"before": before, "after": after, "details": details, "reason": reason or None}
    return {name: mask(part) for name, part in parts.items() if part is not None}


def mask(value: Any) -> Any:
    """`value` with what lies under a secret's name replaced: a log must not become a store of credentials."""
    if isinstance(value, Mapping):
        return {key: MASKED if _is_secret(str(key), each) else mask(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [mask(each) for each in value]
    return value


def _is_secret(key: str, value: Any) -> bool:
    hides_something = value is not None and not isinstance(value, bool | int)
    return hides_something and any(word in key.lower() for word in SECRET_WORDS)
