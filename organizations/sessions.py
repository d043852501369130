"""Signing up, in, on (refresh) and out: what happens to a person's device sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from audit.actions import Action, Outcome
from audit.envelope import Target
from audit.services import record
from organizations.admission import Entrance, ask
from organizations.models import AuthSession, User
from organizations.tokens import (
    AccessClaims,
    TokenInvalid,
    issue_access_token,
    issue_refresh_token,
    read_refresh_token,
)
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via, anonymous_caller
from promptguard.core.crypto import random_token, token_hash
from promptguard.core.errors import Conflict, Invalid, Unauthenticated
from promptguard.core.tenancy import platform_scope

TOUCH_INTERVAL = timedelta(minutes=1)
# A hash nobody's password matches: unknown addresses cost as much time as known ones.
DECOY = "not-a-password"


class EmailTaken(Conflict):
    code = "email_taken"
    message = "There is an account with this address already."


class SignInFailed(Unauthenticated):
    code = "invalid_credentials"
    message = "The e-mail address and the password do not belong together."


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


def sign_up(*, origin: Origin, email: str, password: str, name: str = "") -> User:
    """A new account. Raises EmailTaken, and Invalid for a weak password."""
    user = User(email=email.strip().lower(), name=name)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid.field("password", " ".join(error.messages), "weak_password") from error
    user.set_password(password)
    with platform_scope():
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError as error:
            raise EmailTaken() from error
        record(Action.USER_CREATED, caller=_person(user.id, origin), targets=[Target("user", user.id)])
    return user


def sign_in(*, origin: Origin, email: str, password: str) -> SignedIn:
    """A new device session for the right password. Raises SignInFailed, the same for every wrong pair."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if not _password_is_right(user, password) or user is None:
        record(
            Action.AUTHENTICATION_FAILED,
            caller=anonymous_caller(origin),
            outcome=Outcome.FAILURE,
            targets=[Target("user", user.id)] if user else [],
            details={"known_address": user is not None},
        )
        raise SignInFailed()
    ask(Entrance.PASSWORD, origin=origin, email=user.email, user_id=user.id)
    with platform_scope():
        return open_session(user, origin)


def _password_is_right(user: User | None, password: str) -> bool:
    if user is None:
        check_password(password, make_password(DECOY))
        return False
    return user.check_password(password)


def open_session(
    user: User, origin: Origin, *, organization_id: UUID | None = None, ends_at: datetime | None = None
) -> SignedIn:
    """A new device session; with `organization_id` it opens that organization only."""
    cookie, now = random_token(), timezone.now()
    session = AuthSession.objects.create(
        user=user,
        cookie_hash=token_hash(cookie),
        ip=origin.ip,
        user_agent=origin.user_agent,
        last_seen_at=now,
        organization_id=organization_id,
        ends_at=ends_at,
    )
    User.objects.filter(id=user.id).update(last_login=now)
    record(
        Action.AUTHENTICATION_SIGNED_IN,
        caller=_person(user.id, origin, session.id),
        targets=[Target("session", session.id)],
    )
    return _signed_in(user, session, cookie, now)


def _signed_in(user: User, session: AuthSession, cookie: str | None, now: datetime) -> SignedIn:
    access = issue_access_token(AccessClaims(user.id, session.id), now)
    return SignedIn(
        user, session, access, issue_refresh_token(session.id, session.refresh_generation), cookie
    )


def refresh(*, origin: Origin, refresh_token: str) -> SignedIn:
    """A new pair for a token that works once; a genuine token used twice revokes the session.

    Raises RefreshRefused.
    """
    try:
        session_id, generation = read_refresh_token(refresh_token)
    except TokenInvalid as error:
        raise RefreshRefused() from error
    now = timezone.now()
    if known := AuthSession.live(now).select_related("user").filter(id=session_id).first():
        ask(
            Entrance.REFRESH,
            origin=origin,
            email=known.user.email,
            user_id=known.user_id,
            session_id=session_id,
        )
    with platform_scope():
        spent = AuthSession.live(now).filter(
            id=session_id, refresh_generation=generation, user__is_active=True
        )
        if spent.update(refresh_generation=F("refresh_generation") + 1, last_seen_at=now):
            session = AuthSession.objects.select_related("user").get(id=session_id)
            return _signed_in(session.user, session, None, now)
        _revoke_family(session_id, generation, origin, now)
    raise RefreshRefused()


def _revoke_family(session_id: UUID, generation: int, origin: Origin, now: datetime) -> None:
    session = AuthSession.objects.filter(id=session_id, revoked_at__isnull=True).first()
    if session is not None and generation < session.refresh_generation:
        AuthSession.objects.filter(id=session_id).update(revoked_at=now)
        caller = _person(session.user_id, origin, session_id)
        target = Target("session", session_id)
        record(Action.AUTHENTICATION_TOKEN_REUSED, caller=caller, targets=[target], outcome=Outcome.DENIED)


def sign_out(*, caller: Caller) -> None:
    """End the caller's own session; both its cookie and its tokens stop working at once."""
    with platform_scope():
        AuthSession.objects.filter(id=caller.session_id).update(revoked_at=timezone.now())  # type: ignore[misc]
        record(
            Action.AUTHENTICATION_SIGNED_OUT,
            caller=caller,
            targets=[Target("session", caller.session_id or "")],
        )


def session_by_cookie(cookie: str) -> AuthSession | None:
    return AuthSession.live(timezone.now()).filter(cookie_hash=token_hash(cookie), **_ACTIVE).first()


def session_by_id(session_id: UUID, user_id: UUID) -> AuthSession | None:
    return AuthSession.live(timezone.now()).filter(id=session_id, user_id=user_id, **_ACTIVE).first()


_ACTIVE = {"user__is_active": True}


def touch(session: AuthSession) -> None:
    """Note that the session is in use, at most once a minute."""
    now = timezone.now()
    if now - session.last_seen_at > TOUCH_INTERVAL:
        AuthSession.objects.filter(id=session.id).update(last_seen_at=now)


def _person(user_id: UUID, origin: Origin, session_id: UUID | None = None) -> Caller:
    return Caller(None, Actor(ActorType.USER, user_id, Via.SESSION), origin=origin, session_id=session_id)
