"""Signing up, proving an address, changing and resetting a password."""

from contextlib import suppress

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations import services
from organizations.mailing import queue_mail
from organizations.models import AccountLink, Membership, User
from organizations.passwords import password_is_right, set_password
from organizations.sessions import SignInFailed, end_sessions, person, refused
from promptguard.core.caller import Caller, Origin, anonymous_caller
from promptguard.core.crypto import token_hash
from promptguard.core.errors import Conflict, DomainError
from promptguard.core.identifiers import uuid7
from promptguard.core.tenancy import platform_scope


class EmailTaken(Conflict):
    code = "email_taken"
    message = "There is an account with this address already."


class LinkInvalid(DomainError):
    code = "link_invalid"
    message = "This link is not valid, or not any more. Ask for a new one."


class _Rehearsed(Exception):
    """Raised to undo what was done only to take its time."""


def sign_up(
    *,
    origin: Origin,
    email: str,
    password: str,
    name: str = "",
    personal_organization: bool = True,
    verified: bool = False,
) -> User:
    """A new account with a personal organization of its own. Raises EmailTaken, and Invalid for a weak password."""
    user = User(
        email=email.strip().lower(), name=name, email_verified_at=timezone.now() if verified else None
    )
    set_password(user, password)
    with platform_scope():
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError as error:
            raise EmailTaken() from error
        caller = person(user.id, origin)
        record(Action.USER_CREATED, caller=caller, targets=[Target("user", user.id)])
        if personal_organization:
            services.create_personal_organization(caller=caller, user=user)
        if not verified:
            queue_mail("verify_email", user.email)
    return user


def sign_up_discreetly(*, origin: Origin, email: str, password: str, name: str = "") -> None:
    """As `sign_up`, but nobody learns whether there was an account: its owner is told by mail, the caller is not.

    For a known address the same work is done and undone. Raises Invalid for a weak password.
    """
    email = email.strip().lower()
    with platform_scope():
        if not User.objects.filter(email=email).exists():
            with suppress(EmailTaken), transaction.atomic():
                sign_up(origin=origin, email=email, password=password, name=name)
            return
        with suppress(_Rehearsed), transaction.atomic():
            decoy = f"{uuid7()}@rehearsal.invalid"
            # Without its mail: the owner of the address gets one below.
            sign_up(origin=origin, email=decoy, password=password, name=name, verified=True)
            raise _Rehearsed
        record(Action.USER_SIGN_UP_REPEATED, caller=anonymous_caller(origin))
        queue_mail("account_exists", email)


def sign_up_invited(*, origin: Origin, token: str, password: str, name: str = "") -> Membership:
    """An account for the address an invitation went to, which the link proves, and membership at once.

    Raises InvitationInvalid, EmailTaken (sign in and accept instead), and Invalid for a weak password.
    """
    with platform_scope():
        invitation = services.previewed_invitation(token=token)
        user = sign_up(origin=origin, email=invitation.email, password=password, name=name, verified=True)
        return services.accept_invitation(caller=person(user.id, origin), token=token)


def request_verification(*, origin: Origin, email: str) -> None:
    """Mail a new link if there is an unverified account; silently nothing otherwise."""
    _request(Action.USER_VERIFICATION_REQUESTED, "verify_email", origin, email)


def request_password_reset(*, origin: Origin, email: str) -> None:
    """Mail a link if there is an account; silently nothing otherwise."""
    _request(Action.PASSWORD_RESET_REQUESTED, "password_reset", origin, email)


def _request(action: Action, kind: str, origin: Origin, email: str) -> None:
    """The account is looked up while sending, so that asking takes as long whether or not there is one."""
    with platform_scope():
        record(action, caller=anonymous_caller(origin))
        queue_mail(kind, email.strip().lower())


def verify_email(*, origin: Origin, token: str) -> User:
    """Raises LinkInvalid."""
    with platform_scope():
        user = _spend(token, AccountLink.Purpose.VERIFY)
        user.email_verified_at = timezone.now()
        user.save(update_fields=["email_verified_at"])
        record(Action.USER_EMAIL_VERIFIED, caller=person(user.id, origin), targets=[Target("user", user.id)])
    return user


def reset_password(*, origin: Origin, token: str, password: str) -> None:
    """Set a new password and end every session. Raises LinkInvalid, and Invalid for a weak password."""
    with platform_scope():
        user = _spend(token, AccountLink.Purpose.RESET)
        set_password(user, password)
        # Whoever opened the link reads this mailbox.
        user.email_verified_at = user.email_verified_at or timezone.now()
        user.save(update_fields=["password", "email_verified_at"])
        end_sessions(user.id)
        record(Action.PASSWORD_RESET, caller=person(user.id, origin), targets=[Target("user", user.id)])
        queue_mail("password_changed", user.email)


def _spend(token: str, purpose: AccountLink.Purpose) -> User:
    """Single use by conditional UPDATE, on the link's own columns: a join would not be checked again after a wait."""
    links = AccountLink.objects.filter(token_hash=token_hash(token), purpose=purpose)
    link = links.select_related("user").filter(user__is_active=True).first()
    if link is None or not links.filter(used_at__isnull=True, expires_at__gt=timezone.now()).update(
        used_at=timezone.now()
    ):
        raise LinkInvalid()
    return link.user


def change_password(*, caller: Caller, current_password: str, new_password: str) -> None:
    """Every other session ends. Raises SignInFailed for the wrong current password, Invalid for a weak new one."""
    user = User.objects.filter(id=caller.person).first()
    if user is None or not password_is_right(user, current_password):
        raise refused(SignInFailed("The current password is wrong."), caller.person, caller.origin)
    set_password(user, new_password)
    with platform_scope():
        user.save(update_fields=["password"])
        end_sessions(user.id, but=caller.session_id)
        record(Action.PASSWORD_CHANGED, caller=caller, targets=[Target("user", user.id)])
        queue_mail("password_changed", user.email)


def verification_mode() -> str:
    """`required` where an address must be proven before the first sign-in, else `optional`."""
    return "required" if settings.EMAIL_VERIFICATION_REQUIRED else "optional"
