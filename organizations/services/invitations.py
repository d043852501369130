"""Offers of membership: bound to an address, good for seven days and for one person, re-checked when taken."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.entrances import Entrance, entrance_asked
from organizations.mailing import queue_mail
from organizations.models import Invitation, Membership, Organization, User
from organizations.services.governance import (
    AboveOwnRank,
    choose_role,
    lock_organization,
    require_fresh,
    require_governance,
)
from organizations.services.members import AlreadyMember
from promptguard.core.caller import Caller
from promptguard.core.crypto import random_token, token_hash
from promptguard.core.errors import Forbidden, Invalid, NotFound
from promptguard.core.tenancy import organization_scope, platform_scope

MOST_ROWS = 1000


class InvitationInvalid(NotFound):
    """One answer for forged, used, expired, cancelled, and somebody else's: a guess learns nothing."""

    code = "invitation_invalid"
    message = "This invitation is not valid for you, or not any more. Ask for a new one."


def invite(*, caller: Caller, email: str, role: str) -> tuple[Invitation, str]:
    """Offer membership to an address by mail; a new invitation supersedes an open one. Returns it with its token.

    Raises AboveOwnRank, AlreadyMember, ReauthenticationRequired for an owner's role, Invalid for a foreign domain.
    """
    email = email.strip().lower()
    organization, chosen = lock_organization(caller), choose_role(caller, role)
    require_governance(caller, chosen.standing)
    if chosen.standing.is_owner:
        require_fresh(caller)
    if not organization.admits(email):
        raise Invalid.field("email", "Only addresses of the allowed domains may join.", "domain")
    if Membership.objects.for_caller(caller).filter(user__email=email).exists():
        raise AlreadyMember()
    ask_for_invited(caller, email)
    now, token = timezone.now(), random_token()
    _unanswered(caller).filter(email__iexact=email).update(cancelled_at=now)
    invitation = Invitation.objects.create_for(
        caller,
        email=email,
        role=chosen.role,
        custom_role=chosen.custom_role,
        token_hash=token_hash(token),
        invited_by_id=caller.user_id,
        created_at=now,
        expires_at=now + Invitation.LIFETIME,
    )
    record(
        Action.INVITATION_CREATED,
        caller=caller,
        targets=[Target("invitation", invitation.id)],
        after={"role": chosen.standing.name, "expires_at": invitation.expires_at},
    )
    _send(invitation, organization, token)
    return invitation, token


def ask_for_invited(caller: Caller, email: str) -> None:
    """Whether the address may come by invitation at all. Raises what a receiver of `entrance_asked` raises."""
    entrance_asked.send(
        Entrance,
        entrance=Entrance.INVITATION,
        origin=caller.origin,
        email=email,
        user_id=None,
        session_id=None,
        organization_id=caller.tenant,
    )


@dataclass(frozen=True, slots=True)
class RowReport:
    """What became of one line of a CSV file: invited, already_member, invalid, above_rank, duplicate or refused."""

    row: int
    email: str
    status: str
    detail: str = ""
    invitation_id: UUID | None = None


def invite_many(*, caller: Caller, csv_text: str) -> list[RowReport]:
    """Invite each `email[,role]` line, the role being `member` unless given; each in a transaction of its own.

    A bad line never stops the others. Raises Invalid for more than 1,000 lines, or text that is not CSV.
    """
    seen: set[str] = set()
    return [_invite_row(caller, row, email, role, seen) for row, email, role in _rows(csv_text)]


def _rows(csv_text: str) -> Iterator[tuple[int, str, str]]:
    try:
        lines = list(csv.reader(io.StringIO(csv_text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise Invalid.field("csv", "This is not CSV.", "csv") from error
    filled = [
        (number, line) for number, line in enumerate(lines, start=1) if any(cell.strip() for cell in line)
    ]
    if filled and filled[0][1][0].strip().lower() in ("email", "e-mail", "address"):
        filled = filled[1:]
    if not 1 <= len(filled) <= MOST_ROWS:
        raise Invalid.field("csv", f"Give 1 to {MOST_ROWS} lines: email[,role].", "csv")
    for number, line in filled:
        role = line[1].strip().lower() if len(line) > 1 else ""
        yield number, line[0].strip().lower(), role or "member"


def _invite_row(caller: Caller, row: int, email: str, role: str, seen: set[str]) -> RowReport:
    try:
        validate_email(email)
    except ValidationError:
        return RowReport(row, email[:254], "invalid", "This is not an e-mail address.")
    if email in seen:
        return RowReport(row, email, "duplicate", "An earlier line names this address.")
    seen.add(email)
    try:
        with organization_scope(caller.tenant):
            invitation, _ = invite(caller=caller, email=email, role=role)
    except AlreadyMember as error:
        return RowReport(row, email, "already_member", error.message)
    except AboveOwnRank as error:
        return RowReport(row, email, "above_rank", error.message)
    except Invalid as error:
        return RowReport(row, email, "invalid", error.message)
    except Forbidden as error:
        return RowReport(row, email, "refused", error.message)
    return RowReport(row, email, "invited", invitation_id=invitation.id)


def resend_invitation(*, caller: Caller, invitation: Invitation) -> Invitation:
    """A new link, good for another seven days; the old one stops working. Raises NotFound once answered."""
    organization, token = lock_organization(caller), random_token()
    require_governance(caller, invitation.standing)
    ask_for_invited(caller, invitation.email)
    expires_at = timezone.now() + Invitation.LIFETIME
    renewed = (
        _unanswered(caller)
        .filter(id=invitation.id)
        .update(token_hash=token_hash(token), expires_at=expires_at, invited_by_id=caller.user_id)
    )
    if not renewed:
        raise NotFound()
    invitation.expires_at = expires_at
    record(
        Action.INVITATION_RESENT,
        caller=caller,
        targets=[Target("invitation", invitation.id)],
        after={"expires_at": expires_at},
    )
    _send(invitation, organization, token)
    return invitation


def cancel_invitation(*, caller: Caller, invitation: Invitation) -> None:
    """The link stops working. Raises NotFound once answered."""
    require_governance(caller, invitation.standing)
    if not _unanswered(caller).filter(id=invitation.id).update(cancelled_at=timezone.now()):
        raise NotFound()
    record(Action.INVITATION_CANCELLED, caller=caller, targets=[Target("invitation", invitation.id)])


def previewed_invitation(*, token: str) -> Invitation:
    """What somebody was invited to, with organization and sender. Raises InvitationInvalid."""
    with platform_scope():
        rows = Invitation.all_tenants.select_related("organization", "invited_by", "custom_role")
        found = rows.filter(
            Invitation.UNANSWERED,
            token_hash=token_hash(token),
            expires_at__gt=timezone.now(),
            organization__closing_at__isnull=True,
        ).first()
    if found is None:
        raise InvitationInvalid()
    return found


def accept_invitation(*, caller: Caller, token: str) -> Membership:
    """Join, as the person the invitation was sent to. Of racing acceptances one succeeds.

    The sender must still be able to give this role. Raises InvitationInvalid, AlreadyMember.
    """
    invitation = previewed_invitation(token=token)
    user = User.objects.get(id=caller.person)
    entrance_asked.send(
        Entrance,
        entrance=Entrance.INVITATION,
        origin=caller.origin,
        email=user.email,
        user_id=user.id,
        session_id=caller.session_id,
        organization_id=None,
    )
    joining = caller.within(invitation.organization_id)
    with organization_scope(invitation.organization_id):
        organization = lock_organization(joining)
        if user.email != invitation.email.lower() or not organization.admits(user.email):
            raise InvitationInvalid()
        if not _sender_may_still(joining, invitation) or not _claim(joining, invitation, token):
            raise InvitationInvalid()
        # The link came to this address: nothing proves better whose it is.
        User.objects.filter(id=user.id, email_verified_at__isnull=True).update(
            email_verified_at=timezone.now()
        )
        return _join(joining, invitation, user)


def _claim(caller: Caller, invitation: Invitation, token: str) -> bool:
    """Single use by conditional UPDATE: of two that try, one changes the row."""
    open_rows = _unanswered(caller).filter(
        id=invitation.id, token_hash=token_hash(token), expires_at__gt=timezone.now()
    )
    return open_rows.update(accepted_at=timezone.now()) == 1


def _join(caller: Caller, invitation: Invitation, user: User) -> Membership:
    try:
        with transaction.atomic():
            membership = Membership.objects.create_for(
                caller, user=user, role=invitation.role, custom_role=invitation.custom_role
            )
    except IntegrityError as error:
        raise AlreadyMember() from error
    record(
        Action.INVITATION_ACCEPTED,
        caller=caller,
        targets=[Target("invitation", invitation.id), Target("user", user.id)],
        after={"role": membership.role_name},
    )
    return membership


def _sender_may_still(caller: Caller, invitation: Invitation) -> bool:
    rows = Membership.objects.for_caller(caller).select_related("custom_role")
    sender = rows.filter(user_id=invitation.invited_by_id, user__is_active=True).first()
    return sender is not None and sender.standing.governs(invitation.standing)


def decline_invitation(*, caller: Caller, token: str) -> None:
    """Say no; whoever holds the link may, with or without an account. Raises InvitationInvalid."""
    invitation = previewed_invitation(token=token)
    declining = caller.within(invitation.organization_id)
    with organization_scope(invitation.organization_id):
        if not _unanswered(declining).filter(id=invitation.id).update(declined_at=timezone.now()):
            raise InvitationInvalid()
        record(Action.INVITATION_DECLINED, caller=declining, targets=[Target("invitation", invitation.id)])


def _unanswered(caller: Caller) -> QuerySet[Invitation]:
    return Invitation.objects.for_caller(caller).filter(Invitation.UNANSWERED)


def _send(invitation: Invitation, organization: Organization, token: str) -> None:
    queue_mail(
        "invitation",
        invitation.email,
        organization=organization.name,
        role=invitation.role_name,
        inviter=invitation.invited_by.name or invitation.invited_by.email,
        token=token,
        expires_on=f"{invitation.expires_at:%d %B %Y}",
    )
