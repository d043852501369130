"""Mail: queued in the transaction that causes it, sent by a thread of its own after commit.

What needs a look at the account (reset, verification, a repeated sign-up) is looked up only while sending:
the request does the same work, and takes the same time, whether the address is known or not.
"""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connections, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from organizations.models import AccountLink, OutgoingMail, User
from promptguard.core.crypto import open_sealed, random_token, seal, token_hash

log = structlog.get_logger(__name__)
RETRY_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 1440)]
BATCH = 20
LINK_LIFETIME = {AccountLink.Purpose.RESET: timedelta(hours=1), AccountLink.Purpose.VERIFY: timedelta(days=3)}

Context = Mapping[str, Any]
_sending = threading.Lock()


def queue_mail(kind: str, address: str, **context: str) -> None:
    """Send template `kind` to `address` once the transaction has committed. Secrets in `context` are sealed."""
    mail = OutgoingMail(kind=kind, address=address)
    mail.sealed_context = seal(json.dumps(context).encode(), mail.id.bytes)
    mail.save(force_insert=True)
    transaction.on_commit(send_soon)


def send_soon() -> None:
    """Wake this process's sender; a request never waits for a mail server."""
    threading.Thread(target=_send_and_disconnect, name="mail", daemon=True).start()


def _send_and_disconnect() -> None:
    with _sending:
        try:
            send_due_mail()
        except Exception as error:  # noqa: BLE001  a thread has nobody above it; the rows stay due
            log.warning("mail.sender_failed", error=type(error).__name__)
        finally:
            connections.close_all()


def send_due_mail() -> int:
    """Send what is due, oldest first; returns how many were sent. Several processes may do so at once."""
    sent = 0
    while True:
        with transaction.atomic():
            due = OutgoingMail.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
            batch = list(due.select_for_update(skip_locked=True)[:BATCH])
            sent += sum(_attempt(mail) for mail in batch)
        if len(batch) < BATCH:
            return sent


def _attempt(mail: OutgoingMail) -> bool:
    try:
        with transaction.atomic():
            message = compose(mail)
            if message is not None:
                message.send()
    except Exception as error:  # noqa: BLE001  whatever a mail server does, the row is retried, then given up
        _postpone(mail, error)
        return False
    mail.delete()
    return message is not None


def _postpone(mail: OutgoingMail, error: Exception) -> None:
    log.warning("mail.failed", kind=mail.kind, attempt=mail.attempts + 1, error=type(error).__name__)
    if mail.attempts >= len(RETRY_AFTER):
        mail.delete()
        return
    mail.due_at = timezone.now() + RETRY_AFTER[mail.attempts]
    mail.attempts += 1
    mail.save(update_fields=["due_at", "attempts"])


def compose(mail: OutgoingMail) -> EmailMultiAlternatives | None:
    """The message, in text and HTML; None when there is nobody to write to."""
    context = json.loads(open_sealed(bytes(mail.sealed_context), mail.id.bytes))
    if mail.kind in ABOUT_ACCOUNTS:
        user = User.objects.filter(email=mail.address, is_active=True).first()
        more = ABOUT_ACCOUNTS[mail.kind](user) if user else None
        if more is None:
            return None
        context |= more
    context |= {"public_url": settings.PUBLIC_URL, "link": link(mail.kind, context)}
    folder = f"organizations/mail/{mail.kind}"
    subject = " ".join(render_to_string(f"{folder}.subject.txt", context).split())
    message = EmailMultiAlternatives(subject, render_to_string(f"{folder}.txt", context), to=[mail.address])
    message.attach_alternative(render_to_string(f"{folder}.html", context), "text/html")
    return message


def link(kind: str, context: Context) -> str:
    """Where the mail's button leads: a page of ours with the token behind the `#`, which no server ever logs."""
    fragment = {name: context[name] for name in ("token", "id") if context.get(name)}
    return f"{settings.PUBLIC_URL}/{PAGES[kind]}" + (f"#{urlencode(fragment)}" if fragment else "")


PAGES = {
    "account_exists": "",
    "api_key_expiring": "",
    "invitation": "links/invitation",
    "ownership_offered": "links/ownership",
    "password_changed": "",
    "password_reset": "links/password",
    "verify_email": "links/verify",
    "webhook_disabled": "",
}


def _new_link(user: User, purpose: AccountLink.Purpose) -> dict[str, str]:
    """A link supersedes the ones before it."""
    now, token = timezone.now(), random_token()
    AccountLink.objects.filter(user=user, purpose=purpose, used_at__isnull=True).delete()
    expires_at = now + LINK_LIFETIME[purpose]
    AccountLink.objects.create(
        user=user, purpose=purpose, token_hash=token_hash(token), expires_at=expires_at
    )
    return {"token": token, "name": user.name}


def _verification(user: User) -> dict[str, str] | None:
    return None if user.email_verified_at else _new_link(user, AccountLink.Purpose.VERIFY)


# Kinds whose words depend on the account; None means that there is nothing to say.
ABOUT_ACCOUNTS: Mapping[str, Callable[[User], dict[str, str] | None]] = {
    "account_exists": lambda user: {"name": user.name},
    "password_changed": lambda user: {"name": user.name},
    "password_reset": lambda user: _new_link(user, AccountLink.Purpose.RESET),
    "verify_email": _verification,
}
