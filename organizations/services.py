"""What can be done to organizations and their people; each change audited in its own transaction."""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.admission import Entrance, entrance_asked
from organizations.models import Invitation, Membership, Organization, User
from organizations.roles import Role, outranks
from promptguard.core.caller import Caller
from promptguard.core.crypto import random_token, token_hash
from promptguard.core.errors import Conflict, Forbidden
from promptguard.core.identifiers import uuid7
from promptguard.core.tenancy import organization_scope


class SlugTaken(Conflict):
    code = "slug_taken"
    message = "Another organization has this slug already."


class AlreadyMember(Conflict):
    code = "already_member"
    message = "This person is a member already."


class AboveOwnRank(Forbidden):
    code = "above_own_rank"
    message = "Nobody can grant a role above their own."


def create_organization(*, caller: Caller, name: str, slug: str, is_personal: bool = False) -> Organization:
    """A new tenant with the caller as its owner. Raises SlugTaken."""
    user_id = caller.user_id
    if user_id is None:
        raise Forbidden("Only a person can create an organization.")
    organization_id = uuid7()
    with organization_scope(organization_id):
        try:
            with transaction.atomic():
                organization = Organization.objects.create(
                    id=organization_id, name=name, slug=slug, is_personal=is_personal
                )
        except IntegrityError as error:
            raise SlugTaken() from error
        owner = caller.within(organization_id)
        Membership.objects.create_for(owner, user_id=user_id, role=Role.OWNER)
        record(
            Action.ORGANIZATION_CREATED,
            caller=owner,
            targets=[Target("organization", organization_id)],
            after={"slug": slug, "is_personal": is_personal},
        )
    return organization


def update_organization(*, caller: Caller, organization: Organization, name: str) -> Organization:
    before, organization.name = organization.name, name
    organization.save(update_fields=["name"])
    record(
        Action.ORGANIZATION_UPDATED,
        caller=caller,
        targets=[Target("organization", organization.id)],
        before={"name": before},
        after={"name": name},
    )
    return organization


def add_member(*, caller: Caller, user: User, role: Role) -> Membership:
    """Membership without an invitation: for operators, demo data and directory sync. Raises AlreadyMember."""
    if Membership.objects.for_caller(caller).filter(user=user).exists():
        raise AlreadyMember()
    membership = Membership.objects.create_for(caller, user=user, role=role)
    record(Action.MEMBER_ADDED, caller=caller, targets=[Target("user", user.id)], after={"role": role})
    return membership


def invite(*, caller: Caller, email: str, role: str) -> tuple[Invitation, str]:
    """Offer membership to an address; a new invitation supersedes an open one. Returns it with its token.

    Raises AboveOwnRank, AlreadyMember.
    """
    email = email.strip().lower()
    own = Membership.objects.for_caller(caller).filter(user_id=caller.user_id).first()  # type: ignore[misc]
    if own is None or not outranks(own.role, role):
        raise AboveOwnRank()
    if Membership.objects.for_caller(caller).filter(user__email=email).exists():
        raise AlreadyMember()
    entrance_asked.send(
        Entrance, entrance=Entrance.INVITATION, origin=caller.origin, email=email, user_id=None, session_id=None
    )
    now = timezone.now()
    _open_invitations(caller, email).update(cancelled_at=now)
    token = random_token()
    invitation = Invitation.objects.create_for(
        caller,
        email=email,
        role=role,
        token_hash=token_hash(token),
        invited_by_id=caller.user_id,
        created_at=now,
        expires_at=now + Invitation.LIFETIME,
    )
    record(
        Action.INVITATION_CREATED,
        caller=caller,
        targets=[Target("invitation", invitation.id)],
        after={"role": role, "expires_at": invitation.expires_at.isoformat()},
    )
    return invitation, token


def _open_invitations(caller: Caller, email: str) -> QuerySet[Invitation]:
    still_open = Q(accepted_at__isnull=True) & Q(cancelled_at__isnull=True)
    return Invitation.objects.for_caller(caller).filter(still_open, email__iexact=email)
