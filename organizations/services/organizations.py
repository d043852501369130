"""Founding, changing, closing and reopening an organization."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import Membership, Organization, PersonalAccessToken, SecondFactor, User
from organizations.roles import Role
from organizations.services.governance import lock_organization, require_fresh
from organizations.sessions import revoke_single_factor_sessions
from organizations.signals import organization_created
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict, DomainError, Forbidden, Invalid
from promptguard.core.identifiers import uuid7
from promptguard.core.tenancy import organization_scope

NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")


class SlugTaken(Conflict):
    code = "slug_taken"
    message = "Another organization has this slug already."


class PreconditionFailed(DomainError):
    status, code = 412, "precondition_failed"
    message = "Somebody changed this in the meantime: read it again, then repeat your change."


class SecondFactorMissing(Conflict):
    code = "second_factor_missing"
    message = "Switch your own second factor on, and sign in with it, before you ask it of everybody."


class NotClosing(Conflict):
    code = "not_closing"
    message = "The organization is not being closed."


class AlreadyClosing(Conflict):
    code = "organization_closing"
    message = "The organization is being closed already."


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
            after={"slug": slug if not is_personal else "", "is_personal": is_personal},
        )
        organization_created.send(Organization, organization=organization, caller=owner)
    return organization


def create_personal_organization(*, caller: Caller, user: User) -> Organization:
    """Everybody's first tenant, named after them; the slug ends in chance, so it is always free."""
    stem = NOT_IN_A_SLUG.sub("-", user.email.partition("@")[0].lower()).strip("-")[:30] or "personal"
    name = f"{user.name.strip() or stem}'s organization"[:100]
    return create_organization(
        caller=caller, name=name, slug=f"{stem}-{secrets.token_hex(5)}", is_personal=True
    )


def update_organization(
    *, caller: Caller, changes: Mapping[str, Any], etag: str | None = None
) -> Organization:
    """Apply `changes` (column → value) if `etag`, when given, is still the current one.

    Raises PreconditionFailed, SlugTaken, SecondFactorMissing, and Invalid for limits the wrong way round.
    """
    organization = lock_organization(caller)
    if etag not in (None, "*", organization.etag):
        raise PreconditionFailed()
    before = {column: getattr(organization, column) for column in changes}
    for column, value in changes.items():
        setattr(organization, column, value)
    _check_limits(organization)
    requires_now = organization.require_second_factor and not before.get("require_second_factor", True)
    if requires_now:
        _check_own_second_factor(caller)
    _save(organization, changes)
    record(
        Action.ORGANIZATION_UPDATED,
        caller=caller,
        targets=[Target("organization", organization.id)],
        before=before,
        after=dict(changes),
    )
    if requires_now:
        revoke_single_factor_sessions(caller=caller)
    return organization


def _check_limits(organization: Organization) -> None:
    idle, absolute = organization.session_idle_minutes, organization.session_absolute_minutes
    if idle and absolute and idle > absolute:
        raise Invalid.field("session_idle_minutes", "Must not exceed session_absolute_minutes.")


def _check_own_second_factor(caller: Caller) -> None:
    """Whoever asks it of everybody must not lock themselves out."""
    if not SecondFactor.objects.filter(user_id=caller.person, confirmed_at__isnull=False).exists():
        raise SecondFactorMissing()


def _save(organization: Organization, changes: Mapping[str, Any]) -> None:
    organization.version += 1
    try:
        with transaction.atomic():
            organization.save(update_fields=[*changes, "version"])
    except IntegrityError as error:
        raise SlugTaken() from error


def close_organization(*, caller: Caller, confirmation: str) -> Organization:
    """Begin to close: from now on nothing changes here, and after `Organization.GRACE` the rows may be erased.

    `confirmation` repeats the slug. Raises ReauthenticationRequired, AlreadyClosing and Invalid.
    """
    require_fresh(caller)
    organization = lock_organization(caller)
    if organization.closing_at is not None:
        raise AlreadyClosing()
    if confirmation != organization.slug:
        raise Invalid.field(
            "confirmation", "Must repeat the slug of the organization.", "confirmation_mismatch"
        )
    organization.closing_at = timezone.now() + Organization.GRACE
    organization.save(update_fields=["closing_at"])
    PersonalAccessToken.objects.for_caller(caller).filter(revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    record(
        Action.ORGANIZATION_CLOSED,
        caller=caller,
        targets=[Target("organization", organization.id)],
        after={"closing_at": organization.closing_at},
    )
    return organization


def reopen_organization(*, caller: Caller) -> Organization:
    """Undo `close_organization` within the days of grace. Raises NotClosing."""
    reopened = Organization.objects.filter(id=caller.tenant, closing_at__gt=timezone.now())
    if not reopened.update(closing_at=None, version=F("version") + 1):
        raise NotClosing()
    record(Action.ORGANIZATION_REOPENED, caller=caller, targets=[Target("organization", caller.tenant)])
    return Organization.objects.get(id=caller.tenant)
