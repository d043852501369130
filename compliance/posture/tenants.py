"""Looking at organizations: one, or all of them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from audit.models import LegalHold
from compliance.posture.check import Outcome, none_of
from compliance.retention.selectors import INTERACTIONS, terms
from organizations.models import Membership, Organization, SecondFactor
from organizations.roles import Role
from promptguard.core.strict import is_strict
from promptguard.projects.models import ApiKey, ContentMode, Project


def _of(rows: QuerySet[Any], organization: UUID | None) -> QuerySet[Any]:
    return rows if organization is None else rows.filter(organization_id=organization)


def governors_without_second_factor(organization: UUID | None) -> QuerySet[Membership]:
    confirmed = SecondFactor.objects.filter(confirmed_at__isnull=False).values("user_id")
    governors = Membership.all_tenants.filter(
        role__in=(Role.OWNER, Role.ADMIN), user__is_active=True, organization__is_personal=False
    )
    return _of(governors, organization).exclude(user_id__in=confirmed)


def admins_second_factor(organization: UUID | None) -> Outcome:
    count = governors_without_second_factor(organization).values("user_id").distinct().count()
    return none_of(count, "owners and admins without one")


def live_keys(organization: UUID | None) -> QuerySet[ApiKey]:
    return _of(ApiKey.all_tenants.filter(revoked_at__isnull=True, is_active=True), organization)


def keys_expire(organization: UUID | None) -> Outcome:
    return none_of(live_keys(organization).filter(expires_at__isnull=True).count(), "keys without an end")


def holds_on_time(organization: UUID | None) -> Outcome:
    late = LegalHold.all_tenants.filter(released_at__isnull=True, ends_at__lt=timezone.now())
    return none_of(_of(late, organization).count(), "holds past their end")


def second_owner(organization: UUID | None) -> Outcome:
    owned = Membership.all_tenants.filter(
        role=Role.OWNER, user__is_active=True, organization__is_personal=False
    )
    found = list(_of(owned, organization).values_list("organization_id", flat=True))
    return none_of(sum(found.count(each) == 1 for each in set(found)), "organizations with a single owner")


def content_minimised(organization: UUID | None) -> Outcome:
    full = Project.all_tenants.filter(content_mode=ContentMode.FULL, zero_retention=False)
    return none_of(0 if is_strict() else _of(full, organization).count(), "projects that store whole prompts")


def retention_limited(organization: UUID | None) -> Outcome:
    chosen = Organization.objects.filter(closing_at__isnull=True)
    chosen = chosen.filter(id=organization) if organization else chosen
    endless = [each for each in chosen if _is_endless(each)]
    return none_of(len(endless), "organizations that keep interactions without end")


def _is_endless(organization: Organization) -> bool:
    return any(term.effective is None for term in terms(organization) if term.lifetime.kind == INTERACTIONS)
