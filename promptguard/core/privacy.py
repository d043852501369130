"""The one registry: which personal data exists, why, and what erasure does to it.

Each app declares its models in `privacy.py`; a test refuses a model, or a text, address or JSON column,
that nobody has spoken for. Export, erasure, retention and the record of processing (GDPR Art. 30) read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Erasure(StrEnum):
    """What happens to a subject's rows."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    SHRED = "shred"
    RETAIN = "retain"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one model knows about people.

    `subject` is the lookup that leads to the user's id, `address` the column that holds an e-mail address, and
    `label` one that holds what a tenant calls its end users; all None where rows are about an organization.
    `section` names the rows in an export. `personal` are the columns that say something about a person, `impersonal`
    those of a kind that could, but do not; together they cover every text, address, JSON and binary column.
    """

    model: str
    purpose: str
    subject: str | None = None
    address: str | None = None
    label: str | None = None
    section: str = ""
    personal: tuple[str, ...] = ()
    impersonal: tuple[str, ...] = ()
    exported: tuple[str, ...] = ()
    erasure: Erasure = Erasure.DELETE
    ground: str = ""


_HOLDINGS: dict[str, Holding] = {}


def declare(*holdings: Holding) -> None:
    """Called while an app's `privacy.py` is imported. Raises ValueError for a second declaration."""
    for holding in holdings:
        if holding.model in _HOLDINGS:
            raise ValueError(f"{holding.model} is declared twice")
        _HOLDINGS[holding.model] = holding


def declared() -> Mapping[str, Holding]:
    """Model label → holding."""
    return _HOLDINGS


declare(
    Holding(
        "core.IdempotencyClaim",
        purpose="Answering a repeated request like the first; kept for a day",
        subject="principal_id",
        personal=("response",),
        impersonal=("key_hash", "fingerprint"),
        exported=("id", "created_at", "expires_at", "status"),
    ),
    Holding(
        "core.Job",
        purpose="Background work that is promised; forgotten 30 days after it ended",
        impersonal=("queue", "task", "arguments", "unique_key", "status", "state", "last_error"),
        erasure=Erasure.RETAIN,
        ground="Jobs hold ids and progress only.",
    ),
)
