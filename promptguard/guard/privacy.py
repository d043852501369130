"""What this room knows about people."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import orjson
from django.db.models import QuerySet
from django.utils import timezone

from promptguard.core.crypto import open_sealed
from promptguard.core.privacy import (
    Erasure,
    Holding,
    Identifiers,
    Lifetime,
    declare,
    declare_trace,
    labelled,
    limit,
)
from promptguard.guard.models import Interaction, VaultedValue, content_place, event_id_of
from promptguard.guard.services.vault import LIFETIME, event_scope, session_scope

SCOPES_AT_ONCE = 1000


def kept_texts_of(row: Mapping[str, Any]) -> list[str] | None:
    """What was kept of the texts of one interaction, given by `id` and sealed `content`."""
    if row["content"] is None:
        return None
    texts: list[str] = orjson.loads(open_sealed(bytes(row["content"]), content_place(row["id"])))
    return texts


class VaultedValues:
    """The values behind the tokens of a person's conversations. A scope is a hash that only its parts lead to."""

    name = "values behind tokens"

    def erase(self, known: Identifiers) -> None:
        for rows in self._rows(known):
            rows.delete()

    def remaining(self, known: Identifiers) -> int:
        return sum(rows.count() for rows in self._rows(known))

    def _rows(self, known: Identifiers) -> Iterator[QuerySet[VaultedValue]]:
        everything = VaultedValue.all_tenants.filter(organization_id__in=known.organizations)
        if everything.exists():
            found = _scopes(known)
            while scopes := list(islice(found, SCOPES_AT_ONCE)):
                yield everything.filter(scope_hash__in=scopes)


def _scopes(known: Identifiers) -> Iterator[bytes]:
    """Every scope that a value which is still alive may belong to."""
    found = Interaction.all_tenants.filter(
        labelled("end_user", known.labels),
        organization_id__in=known.organizations,
        created_at__gt=timezone.now() - LIFETIME,
    )
    for interaction_id, end_user, session_id in found.values_list("id", "end_user", "session_id").iterator():
        yield session_scope(end_user, session_id) if session_id else event_scope(event_id_of(interaction_id))


declare_trace(VaultedValues())
declare(
    Holding(
        "guard.Interaction",
        purpose="The log of what was asked and what the guard decided",
        label="end_user",
        section="interactions",
        personal=("content", "end_user", "ip", "session_id", "salt"),
        impersonal=(
            "endpoint",
            "direction",
            "decision",
            "threat_type",
            "reason",
            "model",
            "policy_version",
            "content_mode",
            "canonical",
            "leaf_hash",
        ),
        exported=(
            "id",
            "created_at",
            "endpoint",
            "direction",
            "decision",
            "threat_type",
            "reason",
            "model",
            "end_user",
            "ip",
            "session_id",
            "content",
        ),
        hidden=("salt",),
        opened={"content": kept_texts_of},
        erasure=Erasure.ANONYMISE,
        ground="The decision stays provable; content, end user and address go, and their commitment with them.",
    ),
    Holding(
        "guard.Agent",
        purpose="An agent of an application",
        impersonal=("name", "credential_prefix", "secret_hash", "allowed_tools"),
        exported=("id", "name", "created_at"),
        erasure=Erasure.RETAIN,
        ground="It is software of the customer's.",
    ),
    Holding(
        "guard.CanaryToken",
        purpose="Secret words that a project watches for",
        reference="created_by_id",
        impersonal=("name", "sealed"),
        exported=("name", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="It configures the customer's project; only the person's id is cut off.",
    ),
    Holding(
        "guard.Feedback",
        purpose="Whether people found a decision right",
        subject="author_id",
        personal=("note",),
        impersonal=("judgement",),
        exported=("id", "judgement", "note", "created_at"),
        erasure=Erasure.DELETE,
    ),
    Holding(
        "guard.PolicyVersion",
        purpose="What a project's policy said, and since when",
        reference="author_id",
        impersonal=("use_case", "strictness_level", "guardrails", "rules", "note", "fingerprint"),
        exported=("number", "note", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="Past decisions are explained by it; the author's id is cut off, the policy stays the customer's.",
    ),
    Holding(
        "guard.Suppression",
        purpose="Rules that a project has silenced",
        reference="created_by_id",
        impersonal=("detector", "rule_id", "match_sha256", "reason"),
        exported=("detector", "rule_id", "reason", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="It configures the customer's project; only the person's id is cut off.",
    ),
    Holding(
        "guard.ToolCall",
        purpose="What agents tried",
        impersonal=("agent_ref", "tool_name"),
        exported=("agent_ref", "tool_name", "created_at"),
        erasure=Erasure.RETAIN,
        ground="Names of software and numbers; arguments are never stored.",
    ),
    Holding(
        "guard.ToolProfile",
        purpose="Which tools a project's agents may call",
        impersonal=("allowed_tools", "blocked_tools", "approval_tools"),
        erasure=Erasure.RETAIN,
        ground="It configures the customer's project.",
    ),
    Holding(
        "guard.VaultedValue",
        purpose="Personal values that stand behind tokens until they expire",
        personal=("scope_hash", "sealed"),
        impersonal=("token",),
        hidden=("scope_hash", "sealed"),
        withheld="It stands behind tokens for a day at most; the texts it was taken from are among the interactions.",
        erasure=Erasure.DELETE,
    ),
)

limit(
    Lifetime(
        "interactions",
        "guard.Interaction",
        "created_at",
        "Decisions of the guard, with what people said about them.",
        strict_days=365,
        is_settable=True,
        is_planned=True,
    ),
    Lifetime(
        "interaction_content",
        "guard.Interaction",
        "created_at",
        "What was said, by whom and from where; the decision itself stays.",
        strict_days=30,
        is_settable=True,
        is_planned=True,
        clears=("content", "end_user", "ip", "session_id", "salt"),
        only={"salt__isnull": False},
    ),
    Lifetime(
        "tool_calls",
        "guard.ToolCall",
        "created_at",
        "Which tools agents called, and how that was judged.",
        days=365,
        strict_days=90,
        is_settable=True,
        is_planned=True,
    ),
    Lifetime(
        "vaulted_values",
        "guard.VaultedValue",
        "expires_at",
        "Values behind tokens, once their day is over.",
        days=0,
        is_transient=True,
    ),
)
