"""The directory's bearer tokens: shown once, kept as a hash, replaced with an overlap of a day."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.crypto import random_token, token_hash
from promptguard.core.errors import Conflict
from sso.models import DirectoryToken
from sso.selectors import connections, directory_tokens


class NoConnection(Conflict):
    code = "no_connection"
    message = "Connect an identity provider first: the directory belongs to it."


def create_token(*, caller: Caller) -> dict[str, Any]:
    """A new token; older ones stop within a day. Raises NoConnection."""
    if not connections(caller).exists():
        raise NoConnection()
    now = timezone.now()
    directory_tokens(caller).filter(expires_at__gt=now + DirectoryToken.OVERLAP).update(
        expires_at=now + DirectoryToken.OVERLAP
    )
    text = DirectoryToken.PREFIX + random_token()
    token = DirectoryToken.objects.create_for(
        caller,
        token_hash=token_hash(text),
        prefix=text[:12],
        created_at=now,
        expires_at=now + DirectoryToken.LIFETIME,
    )
    target = Target("directory_token", token.id)
    record(Action.DIRECTORY_TOKEN_CREATED, caller=caller, targets=[target], after={"prefix": token.prefix})
    shown = {
        name: getattr(token, name) for name in ("id", "prefix", "created_at", "expires_at", "last_used_at")
    }
    return shown | {"token": text}


def revoke_token(*, caller: Caller, token: DirectoryToken) -> None:
    """The token stops working at once."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    target = Target("directory_token", token.id)
    record(Action.DIRECTORY_TOKEN_REVOKED, caller=caller, targets=[target], before={"prefix": token.prefix})


def note_use(token: DirectoryToken, now: datetime) -> None:
    """`last_used_at`, at most once a minute."""
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        token.last_used_at = now
        token.save(update_fields=["last_used_at"])
