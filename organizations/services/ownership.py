"""Handing an organization over, in two steps: an owner offers, the other accepts."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.mailing import queue_mail
from organizations.models import Membership, OwnershipOffer
from organizations.roles import Role
from organizations.services.governance import lock_organization, own_standing, require_fresh
from organizations.services.members import membership_of
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict, Forbidden, NotFound


class OwnAlready(Conflict):
    code = "owner_already"
    message = "This person is an owner already."


def offer_ownership(*, caller: Caller, user_id: UUID) -> OwnershipOffer:
    """The first step; a new offer supersedes an open one. The offer lasts 7 days.

    Raises ReauthenticationRequired, NotFound for a stranger, OwnAlready for an owner.
    """
    require_fresh(caller)
    organization = lock_organization(caller)
    if not own_standing(caller).is_owner:
        raise Forbidden()
    heir, now = membership_of(caller, user_id), timezone.now()
    if heir.role == Role.OWNER:
        raise OwnAlready()
    _open_offers(caller).update(ended_at=now)
    offer = OwnershipOffer.objects.create_for(
        caller,
        from_user_id=caller.person,
        to_user_id=user_id,
        created_at=now,
        expires_at=now + OwnershipOffer.LIFETIME,
    )
    record(
        Action.ORGANIZATION_OWNERSHIP_OFFERED,
        caller=caller,
        targets=[Target("user", user_id), Target("ownership_offer", offer.id)],
    )
    queue_mail("ownership_offered", heir.user.email, organization=organization.name, id=str(organization.id))
    return offer


def accept_ownership(*, caller: Caller) -> OwnershipOffer:
    """The second step, by the person it was offered to: they become an owner, the giver an admin, at once.

    Raises NotFound when there is no such offer any more, or its giver is no longer an owner.
    """
    lock_organization(caller)
    now = timezone.now()
    offer = _open_offers(caller).filter(to_user_id=caller.person, expires_at__gt=now).first()
    members = Membership.objects.for_caller(caller)
    giver = members.filter(user_id=offer.from_user_id, role=Role.OWNER).first() if offer else None
    if offer is None or giver is None:
        raise NotFound()
    offer.accepted_at = now
    offer.save(update_fields=["accepted_at"])
    members.filter(user_id=caller.person).update(role=Role.OWNER, custom_role=None)
    members.filter(id=giver.id).update(role=Role.ADMIN, custom_role=None)
    record(
        Action.ORGANIZATION_OWNERSHIP_TRANSFERRED,
        caller=caller,
        targets=[Target("user", caller.person)],
        details={"offer": str(offer.id)},
    )
    return offer


def withdraw_ownership(*, caller: Caller) -> None:
    """Any owner may take the open offer back. Raises NotFound."""
    _end(caller, _open_offers(caller))


def decline_ownership(*, caller: Caller) -> None:
    """By the person it was made to. Raises NotFound."""
    _end(caller, _open_offers(caller).filter(to_user_id=caller.person))


def _end(caller: Caller, offers: QuerySet[OwnershipOffer]) -> None:
    offer = offers.first()
    if offer is None or not offers.filter(id=offer.id).update(ended_at=timezone.now()):
        raise NotFound()
    target = Target("ownership_offer", offer.id)
    record(Action.ORGANIZATION_OWNERSHIP_OFFER_ENDED, caller=caller, targets=[target])


def _open_offers(caller: Caller) -> QuerySet[OwnershipOffer]:
    return OwnershipOffer.objects.for_caller(caller).filter(OwnershipOffer.UNANSWERED)
