"""Signing in, on (refresh) and out: what happens to a person's device sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from audit.actions import Action, Outcome
from audit.envelope import Target
from audit.services import record
from organizations.entrances import Entrance, ask
from organizations.models import AuthSession, Membership, User
from organizations.networks.services import require_some_network
from organizations.passwords import password_is_right
from organizations.second_factor import has_second_factor, second_factor_is_right
from organizations.selectors import memberships_of, own_session
from organizations.tokens import (
    AccessClaims,
    TokenInvalid,
    issue_access_token,
    issue_refresh_token,
    read_refresh_token,
)
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via, anonymous_caller
from promptguard.core.crypto import random_token, token_hash
from promptguard.core.errors import Forbidden, NotFound, Unauthenticated
from promptguard.core.tenancy import platform_scope

TOUCH_INTERVAL = timedelta(minutes=1)
# Stands in for the account in the record of a failure with an unknown address.
NO_ACCOUNT = UUID(int=1)


class SignInFailed(Unauthenticated):
    code = "invalid_credentials"
    message = "The e-mail address and the password do not belong together."


class SecondFactorRequired(Unauthenticated):
    code = "second_factor_required"
    message = "Send the code of your second factor, or a recovery code, as `otp`."


class SecondFactorWrong(Unauthenticated):
    code = "invalid_second_factor"
    message = "The code is wrong, or has been used."


class RefreshRefused(Unauthenticated):
    code = "invalid_refresh_token"
    message = "The refresh token is not valid. Sign in again."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in hands out, once. `cookie` is the value of the `session` cookie, None after a refresh."""

    user: User
    session: AuthSession
    access_token: str
    refresh_token: str
    cookie: str | None


def sign_in(*, origin: Origin, email: str, password: str, otp: str = "") -> SignedIn:
    """A new device session for the right password, and the right code where there is a second factor.

    Raises SignInFailed, the same for every wrong pair; SecondFactorRequired and SecondFactorWrong only after a
    right password.
    """
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if not password_is_right(user, password) or user is None or not may_sign_in(user):
        raise refused(SignInFailed(), user.id if user else NO_ACCOUNT, origin)
    with_second_factor = has_second_factor(user.id)
    if with_second_factor and not otp:
        raise SecondFactorRequired()
    if with_second_factor and not second_factor_is_right(user.id, otp):
        raise refused(SecondFactorWrong(), user.id, origin)
    ask(Entrance.PASSWORD, origin=origin, email=user.email, user_id=user.id)
    with platform_scope():
        return open_session(user, origin, with_second_factor=with_second_factor)


def may_sign_in(user: User) -> bool:
    """Where addresses must be verified, an unverified account answers like one that does not exist."""
    return user.email_verified_at is not None or not settings.EMAIL_VERIFICATION_REQUIRED


def refused(error: Unauthenticated, user_id: UUID, origin: Origin) -> Unauthenticated:
    """Record the failure, in a transaction of its own so that the refusal does not undo it, and return it."""
    with platform_scope():
        record(
            Action.AUTHENTICATION_FAILED,
            caller=anonymous_caller(origin),
            outcome=Outcome.FAILURE,
            targets=[Target("user", user_id)],
            details={"known_address": user_id != NO_ACCOUNT, "reason": error.code},
        )
    return error


def open_session(
    user: User,
    origin: Origin,
    *,
    with_second_factor: bool,
    organization_id: UUID | None = None,
    ends_at: datetime | None = None,
) -> SignedIn:
    """A new device session; with `organization_id` it opens that organization only, until `ends_at`."""
    cookie, now = random_token(), timezone.now()
    session = AuthSession.objects.create(
        user=user,
        cookie_hash=token_hash(cookie),
        ip=origin.ip,
        user_agent=origin.user_agent,
        last_seen_at=now,
        authenticated_at=now,
        second_factor_at=now if with_second_factor else None,
        organization_id=organization_id,
        ends_at=ends_at,
    )
    User.objects.filter(id=user.id).update(last_login=now)
    record(
        Action.AUTHENTICATION_SIGNED_IN,
        caller=person(user.id, origin, session.id),
        targets=[Target("session", session.id)],
        details={"second_factor": with_second_factor},
    )
    return _signed_in(user, session, cookie, now)


def _signed_in(user: User, session: AuthSession, cookie: str | None, now: datetime) -> SignedIn:
    access = issue_access_token(AccessClaims(user.id, session.id), now)
    return SignedIn(
        user, session, access, issue_refresh_token(session.id, session.refresh_generation), cookie
    )


def refresh(*, origin: Origin, refresh_token: str) -> SignedIn:
    """A new pair for a token that works once; a genuine token used twice revokes the session.

    Raises RefreshRefused, and NetworkNotAllowed, which leaves the token unspent.
    """
    try:
        session_id, generation = read_refresh_token(refresh_token)
    except TokenInvalid as error:
        raise RefreshRefused() from error
    now = timezone.now()
    if known := AuthSession.live(now).select_related("user").filter(id=session_id).first():
        user = known.user
        ask(Entrance.REFRESH, origin=origin, email=user.email, user_id=user.id, session_id=session_id)
    with platform_scope():
        session = AuthSession.live(now).select_related("user").filter(id=session_id).first()
        memberships = memberships_of(session.user_id) if session is not None else []
        if session is not None and is_within_limits(session, memberships, now):
            require_some_network([each.organization_id for each in memberships], origin)
            # No join in here: after waiting for a racing copy only the row's own columns are checked again.
            spent = AuthSession.objects.filter(
                id=session_id, refresh_generation=generation, revoked_at__isnull=True
            )
            if spent.update(refresh_generation=F("refresh_generation") + 1, last_seen_at=now):
                session.refresh_generation = generation + 1
                return _signed_in(session.user, session, None, now)
        _revoke_family(session_id, generation, origin, now)
    raise RefreshRefused()


def _revoke_family(session_id: UUID, generation: int, origin: Origin, now: datetime) -> None:
    session = AuthSession.objects.filter(id=session_id, revoked_at__isnull=True).first()
    if session is not None and generation < session.refresh_generation:
        AuthSession.objects.filter(id=session_id).update(revoked_at=now)
        caller = person(session.user_id, origin, session_id)
        target = Target("session", session_id)
        record(Action.AUTHENTICATION_TOKEN_REUSED, caller=caller, targets=[target], outcome=Outcome.DENIED)


def is_within_limits(session: AuthSession, memberships: list[Membership], now: datetime) -> bool:
    """The strictest limits of all organizations that a person belongs to bind each of their sessions."""
    return all(
        session.outlives(
            now, each.organization.session_idle_minutes, each.organization.session_absolute_minutes
        )
        for each in memberships
    )


def renew_authentication(*, caller: Caller, password: str = "", otp: str = "") -> None:
    """Prove who you are once more, by password or code, for what asks for a fresh proof. Raises SignInFailed."""
    user = User.objects.filter(id=caller.person).first()
    by_code = bool(otp) and user is not None and second_factor_is_right(user.id, otp)
    if user is None or not (by_code or password_is_right(user, password)):
        raise refused(SignInFailed("That is not right."), caller.person, caller.origin)
    now, session = timezone.now(), own_session(caller)
    with platform_scope():
        if not session.update(authenticated_at=now, **({"second_factor_at": now} if by_code else {})):
            raise Forbidden("Only a session can be renewed.")
        record(
            Action.AUTHENTICATION_RENEWED,
            caller=caller,
            targets=[Target("session", caller.session_id or "")],
            details={"second_factor": by_code},
        )


def sign_out(*, caller: Caller) -> None:
    """End the caller's own session; both its cookie and its tokens stop working at once."""
    with platform_scope():
        own_session(caller).update(revoked_at=timezone.now())
        record(
            Action.AUTHENTICATION_SIGNED_OUT,
            caller=caller,
            targets=[Target("session", caller.session_id or "")],
        )


def revoke_session(*, caller: Caller, session_id: UUID) -> None:
    """End one of the caller's own sessions. Raises NotFound for anybody else's."""
    mine = AuthSession.live(timezone.now()).filter(id=session_id, user_id=caller.person)
    with platform_scope():
        if not mine.update(revoked_at=timezone.now()):
            raise NotFound()
        record(Action.SESSION_REVOKED, caller=caller, targets=[Target("session", session_id)])


def revoke_other_sessions(*, caller: Caller) -> int:
    """End every session of the caller but this one; returns how many."""
    with platform_scope():
        revoked = end_sessions(caller.person, but=caller.session_id)
        record(Action.SESSIONS_REVOKED, caller=caller, details={"count": revoked})
    return revoked


def end_sessions(user_id: UUID, but: UUID | None = None) -> int:
    """After a password change or reset: whoever else is signed in is so no more."""
    others = AuthSession.objects.filter(user_id=user_id, revoked_at__isnull=True)
    if but is not None:
        others = others.exclude(id=but)
    return others.update(revoked_at=timezone.now())


def revoke_single_factor_sessions(*, caller: Caller) -> int:
    """End the sessions of all members that were opened without a second factor, but for the caller's own."""
    members = Membership.objects.for_caller(caller).values("user_id")
    weak = AuthSession.objects.filter(
        user_id__in=members, second_factor_at__isnull=True, revoked_at__isnull=True
    )
    return weak.exclude(id__in=own_session(caller).values("id")).update(revoked_at=timezone.now())


def session_by_cookie(cookie: str) -> AuthSession | None:
    return AuthSession.live(timezone.now()).filter(cookie_hash=token_hash(cookie)).first()


def session_by_id(session_id: UUID, user_id: UUID) -> AuthSession | None:
    return AuthSession.live(timezone.now()).filter(id=session_id, user_id=user_id).first()


def touch(session: AuthSession) -> None:
    """Note that the session is in use, at most once a minute."""
    now = timezone.now()
    if now - session.last_seen_at > TOUCH_INTERVAL:
        AuthSession.objects.filter(id=session.id).update(last_seen_at=now)


def person(user_id: UUID, origin: Origin, session_id: UUID | None = None) -> Caller:
    return Caller(None, Actor(ActorType.USER, user_id, Via.SESSION), origin=origin, session_id=session_id)
