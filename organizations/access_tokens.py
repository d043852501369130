"""Personal access tokens: `pgp_...`, some of a person's permissions in one organization, until a date."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import PersonalAccessToken
from organizations.roles import ACCOUNT
from organizations.services.governance import require_fresh
from promptguard.core.caller import Caller
from promptguard.core.crypto import random_token, token_hash
from promptguard.core.errors import Forbidden, Invalid, NotFound
from promptguard.core.permissions import Permission
from promptguard.core.tenancy import platform_scope

PREFIX = "pgp_"
SHAPE = re.compile(r"pgp_[A-Za-z0-9_-]{43}\Z")
DEFAULT_LIFETIME, LONGEST_LIFETIME = timedelta(days=90), timedelta(days=366)
USE_INTERVAL = timedelta(minutes=1)


def create_access_token(
    *, caller: Caller, name: str, permissions: Sequence[str], expires_at: datetime | None = None
) -> tuple[PersonalAccessToken, str]:
    """A new token and its text, which nobody can read again. It lives 90 days, at most 366.

    Raises ReauthenticationRequired, Forbidden for a permission that the caller lacks, Invalid for the expiry.
    """
    require_fresh(caller)
    wanted, now = frozenset(Permission(each) for each in permissions), timezone.now()
    if not wanted <= caller.permissions - ACCOUNT:
        raise Forbidden("A token cannot do more than whoever makes it, and nothing to their account.")
    expires_at = expires_at or now + DEFAULT_LIFETIME
    if not now < expires_at <= now + LONGEST_LIFETIME:
        raise Invalid.field("expires_at", "Must lie in the future, at most 366 days away.")
    text = PREFIX + random_token()
    token = PersonalAccessToken.objects.create_for(
        caller,
        user_id=caller.user_id,
        name=name,
        token_hash=token_hash(text),
        prefix=text[:10],
        permissions=sorted(wanted),
        expires_at=expires_at,
    )
    record(
        Action.ACCESS_TOKEN_CREATED,
        caller=caller,
        targets=[Target("access_token", token.id)],
        after={"permissions": token.permissions, "expires_at": expires_at},
    )
    return token, text


def revoke_access_token(*, caller: Caller, token: PersonalAccessToken) -> None:
    """The token stops working at once. Raises NotFound when it was revoked already."""
    live = PersonalAccessToken.objects.for_caller(caller).filter(id=token.id, revoked_at__isnull=True)
    if not live.update(revoked_at=timezone.now()):
        raise NotFound()
    record(Action.ACCESS_TOKEN_REVOKED, caller=caller, targets=[Target("access_token", token.id)])


def live_access_token(text: str) -> PersonalAccessToken | None:
    """The token that `text` is, with its person; None when it is unknown, revoked, expired or its person gone."""
    if not SHAPE.match(text):
        return None
    with platform_scope():
        rows = PersonalAccessToken.all_tenants.filter(
            token_hash=token_hash(text),
            revoked_at__isnull=True,
            expires_at__gt=timezone.now(),
            user__is_active=True,
        )
        return rows.first()


def note_use(token: PersonalAccessToken) -> None:
    """`last_used_at`, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_INTERVAL:
        with platform_scope():
            PersonalAccessToken.all_tenants.filter(id=token.id).update(last_used_at=now)
