"""Reversible tokens: values sealed for a while, put back into a text on request."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from promptguard.core.caller import Caller
from promptguard.core.crypto import seal
from promptguard.core.errors import Conflict
from promptguard.core.tenancy import platform_scope
from promptguard.guard.engine import Verdict
from promptguard.guard.models import VaultedValue, value_place
from promptguard.projects.models import ContentMode, Project

LIFETIME = timedelta(hours=24)
MOST_TOKENS = 1000
SWEPT_AT_ONCE = 5_000
TOKEN = re.compile(r"\[([A-Z][A-Z0-9_]{0,60})_TOKEN_(\d{1,6})\]")


class VaultFull(Conflict):
    code = "vault_full"
    message = f"This session holds {MOST_TOKENS} tokens already: begin another one."


def session_scope(end_user: str, session_id: str) -> bytes:
    """What groups the tokens of one conversation of one end user."""
    return hashlib.sha256(f"session\0{end_user}\0{session_id}".encode()).digest()


def event_scope(event_id: str) -> bytes:
    """What groups the tokens of one call that named no session."""
    return hashlib.sha256(f"event\0{event_id}".encode()).digest()


def keep_tokens(*, caller: Caller, project: Project, scope: bytes, verdict: Verdict) -> Verdict:
    """Store what stands behind the verdict's tokens; `verdict` with tokens that are unique in the scope.

    The engine numbers from one in each call: a value that the session knows gets the session's token, and a
    new one a number that is still free. Zero retention stores nothing, so nothing can be restored there.
    Raises VaultFull.
    """
    if not verdict.vault or project.kept_content is ContentMode.NONE:
        return verdict
    known = _known(caller, project, scope)
    taken, by_value = set(known), {value: token for token, value in known.items()}
    renamed: dict[str, str] = {}
    for token, value in verdict.vault.items():
        renamed[token] = by_value.get(value) or _free(token, taken)
        if value not in by_value:
            taken.add(renamed[token])
            _store(caller, project, scope, renamed[token], value)
    if len(taken) > MOST_TOKENS:
        raise VaultFull()
    messages = _renamed(verdict.redacted_messages, lambda found: renamed.get(found, found))
    return replace(verdict, redacted_messages=messages)


def _known(caller: Caller, project: Project, scope: bytes) -> dict[str, str]:
    """Token → value of this scope, with other writers of the scope kept out until the transaction ends."""
    with connection.cursor() as cursor:
        number = int.from_bytes(scope[:8], signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
    return {row.token: row.value for row in _rows(caller, project, scope)}


def _rows(caller: Caller, project: Project, scope: bytes) -> Any:
    rows = VaultedValue.objects.for_caller(caller).filter(project=project, scope_hash=scope)
    rows.filter(expires_at__lte=timezone.now()).delete()
    return rows.order_by("id")


def _free(token: str, taken: set[str]) -> str:
    match = TOKEN.fullmatch(token)
    if match is None or token not in taken:
        return token
    number = int(match[2])
    while f"[{match[1]}_TOKEN_{number}]" in taken:
        number += 1
    return f"[{match[1]}_TOKEN_{number}]"


def _store(caller: Caller, project: Project, scope: bytes, token: str, value: str) -> None:
    VaultedValue.objects.create_for(
        caller,
        project=project,
        scope_hash=scope,
        token=token,
        sealed=seal(value.encode("utf-8", "replace"), value_place(scope, token)),
        expires_at=timezone.now() + LIFETIME,
    )


def _renamed(node: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(node, str):
        return TOKEN.sub(lambda match: rename(match[0]), node)
    if isinstance(node, list):
        return [_renamed(each, rename) for each in node]
    if isinstance(node, Mapping):
        return {key: _renamed(value, rename) for key, value in node.items()}
    return node


def restore_text(*, caller: Caller, project: Project, scope: bytes, text: str) -> tuple[str, int]:
    """`text` with the scope's tokens replaced by their values, and how many were. Others stay as they are.

    One pass: a value that itself looks like a token is not looked up again.
    """
    values = {row.token: row.value for row in _rows(caller, project, scope)}
    count = 0

    def original(match: re.Match[str]) -> str:
        nonlocal count
        count += match[0] in values
        return str(values.get(match[0], match[0]))

    return TOKEN.sub(original, text), count


def sweep_expired() -> int:
    """Delete values of every tenant whose time is over; how many."""
    swept = 0
    while True:
        with platform_scope():
            due = VaultedValue.all_tenants.filter(expires_at__lte=timezone.now())
            found = list(due.values_list("id", flat=True)[:SWEPT_AT_ONCE])
            swept += VaultedValue.all_tenants.filter(id__in=found).delete()[0]
        if len(found) < SWEPT_AT_ONCE:
            return swept
