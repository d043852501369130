"""The bearer pair of a sign-in: fetched once, by the browser that signed in, and never in a URL."""

from django.utils import timezone

from organizations.models import AuthSession
from organizations.tokens import AccessClaims, issue_access_token, issue_refresh_token
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict
from promptguard.core.tenancy import platform_scope
from sso.models import SsoSession


class PairTaken(Conflict):
    code = "pair_unavailable"
    message = (
        "The tokens of a single sign-on can be fetched once, within five minutes, with its `session` cookie."
    )


def take_pair(*, caller: Caller) -> dict[str, str]:
    """`access_token` and `refresh_token` of the caller's session. Raises PairTaken."""
    now = timezone.now()
    with platform_scope():
        fresh = SsoSession.all_tenants.filter(
            session_id=caller.session_id,
            pair_taken_at__isnull=True,
            created_at__gt=now - SsoSession.PAIR_WINDOW,
        )
        if not fresh.update(pair_taken_at=now):
            raise PairTaken()
    session = AuthSession.objects.get(id=caller.session_id)  # type: ignore[misc]
    return {
        "access_token": issue_access_token(AccessClaims(session.user_id, session.id), now),
        "refresh_token": issue_refresh_token(session.id, session.refresh_generation),
    }
