"""How long what stays where, and which rows are past it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db.models import Model, Q, QuerySet

from audit.holds import Protection, organizations_on_hold, people_behind, protections
from audit.models import LegalHold, RetentionPolicy
from audit.promptguard_verify import DAYS, DEFAULT_CLASS
from compliance.holds.selectors import with_labels
from compliance.retention.models import RetentionSetting
from organizations.models import Membership, Organization, User
from organizations.plans import PLANS
from promptguard.core.caller import Caller, system_caller
from promptguard.core.privacy import Lifetime, declared, labelled, lifetimes
from promptguard.core.strict import is_strict
from promptguard.core.tenancy import TenantModel

INTERACTIONS, CONTENT = "interactions", "interaction_content"


@dataclass(frozen=True, slots=True)
class Term:
    """How long one kind stays in one organization: as chosen, at most, and in effect. None is without end."""

    lifetime: Lifetime
    chosen: int | None
    maximum: int | None
    effective: int | None


def model_of(lifetime: Lifetime) -> type[Model]:
    return apps.get_model(lifetime.model)


def is_platforms(lifetime: Lifetime) -> bool:
    """Whether the rows belong to no organization."""
    return not issubclass(model_of(lifetime), TenantModel)


def of_organizations() -> list[Lifetime]:
    return [lifetime for lifetime in lifetimes().values() if not is_platforms(lifetime)]


def of_platform() -> list[Lifetime]:
    return [lifetime for lifetime in lifetimes().values() if is_platforms(lifetime)]


def terms(organization: Organization) -> list[Term]:
    """One for each kind of record that belongs to an organization."""
    caller = system_caller(organization.id)
    chosen = dict(RetentionSetting.objects.for_caller(caller).values_list("kind", "days"))
    if organization.retention_days is not None:
        chosen[INTERACTIONS] = organization.retention_days
    found = {each.kind: _term(each, chosen.get(each.kind), organization) for each in of_organizations()}
    return [_within_interactions(term, found) for term in found.values()]


def _term(lifetime: Lifetime, chosen: int | None, organization: Organization | None) -> Term:
    maximum = maximum_days(lifetime, organization)
    wanted = chosen if chosen is not None else lifetime.days
    return Term(lifetime, chosen, maximum, _least((wanted, maximum)))


def _within_interactions(term: Term, found: dict[str, Term]) -> Term:
    """Nothing is kept of an interaction that is gone."""
    if term.lifetime.kind != CONTENT:
        return term
    longest = found[INTERACTIONS]
    effective = _least((term.effective, longest.effective))
    return Term(term.lifetime, term.chosen, _least((term.maximum, longest.maximum)), effective)


def platform_term(lifetime: Lifetime) -> Term:
    return _term(lifetime, None, None)


def maximum_days(lifetime: Lifetime, organization: Organization | None) -> int | None:
    """The longest that may be chosen: by the installation, the plan, and strict mode."""
    plan = PLANS[organization.plan].retention_days if organization and lifetime.is_planned else None
    return _least((lifetime.most_days, plan, lifetime.strict_days if is_strict() else None))


def _least(bounds: Iterable[int | None]) -> int | None:
    return min((days for days in bounds if days is not None), default=None)


def audit_term(caller: Caller) -> dict[str, Any]:
    """The class that the organization's next audit events are kept in."""
    policy = RetentionPolicy.objects.for_caller(caller).first()
    kept = policy.retention_class if policy else DEFAULT_CLASS
    return {
        "retention_class": kept,
        "days": DAYS[kept],
        "locked_until": policy.locked_until if policy else None,
        "classes": list(DAYS),
    }


def cutoff(term: Term, now: datetime) -> datetime | None:
    """Rows from before then are due; None when they never are."""
    return None if term.effective is None else now - timedelta(days=term.effective)


def due_rows(
    lifetime: Lifetime, before: datetime, caller: Caller | None, kept: Sequence[Protection]
) -> QuerySet[Any]:
    """Rows of one kind from before then that no hold protects; of the caller's organization, or of the platform."""
    model: Any = model_of(lifetime)
    rows: QuerySet[Any] = model._base_manager.filter(**{f"{lifetime.since}__lt": before}, **lifetime.only)
    if caller is not None:
        rows = rows.filter(organization_id=caller.tenant)
    for protection in () if lifetime.is_transient else kept:
        if (shielded := _shielded(lifetime, protection)) is not None:
            rows = rows.exclude(shielded)
    return rows


def _shielded(lifetime: Lifetime, protection: Protection) -> Q | None:
    """Which rows of a kind the hold keeps; None where it is about people, and the rows are not."""
    span = Q()
    if protection.since is not None:
        span &= Q(**{f"{lifetime.since}__gte": protection.since})
    if protection.until is not None:
        span &= Q(**{f"{lifetime.since}__lt": protection.until})
    if protection.user_ids is None:
        return span if span else Q(pk__isnull=False)
    people = _about(lifetime, protection.user_ids, protection.labels)
    return None if people is None else people & span


def _about(lifetime: Lifetime, user_ids: frozenset[UUID], labels: frozenset[str]) -> Q | None:
    holding, found = declared()[lifetime.model], Q()
    if holding.subject:
        found |= Q(**{f"{holding.subject}__in": user_ids})
    addresses = list(User.objects.filter(id__in=user_ids).values_list("email", flat=True))
    if holding.address:
        found |= Q(**{f"{holding.address}__in": addresses})
    if holding.label:
        found |= Q(**{f"{holding.label}__in": [*addresses, *map(str, user_ids)]})
        found |= labelled(holding.label, labels)
    return found or None


def kept_for(caller: Caller | None) -> list[Protection]:
    """What holds protect, in one organization, or of the platform's rows about people in any."""
    if caller is not None:
        return with_labels(caller, protections(caller))
    return [Protection(held_people())]


def held_people() -> frozenset[UUID]:
    """Everybody under a hold of their own, and the members of organizations in which everything is kept."""
    everywhere = Membership.all_tenants.filter(organization_id__in=organizations_on_hold())
    people = set(everywhere.values_list("user_id", flat=True))
    for hold in LegalHold.all_tenants.filter(released_at__isnull=True, scope__has_key="subject_ref"):
        people |= people_behind(system_caller(hold.organization_id), [hold.scope["subject_ref"]])
    return frozenset(people)


def shown(caller: Caller, organization: Organization) -> dict[str, Any]:
    """The organization's retention, as its door shows it."""
    return {
        "plan": organization.plan,
        "compliance_mode": settings.COMPLIANCE_MODE,
        "kinds": [_shown(term) for term in terms(organization)],
        "audit_events": audit_term(caller),
        "legal_holds": len(protections(caller)),
    }


def _shown(term: Term) -> dict[str, Any]:
    return {
        "kind": term.lifetime.kind,
        "meaning": term.lifetime.meaning,
        "days": term.chosen,
        "effective_days": term.effective,
        "maximum_days": term.maximum,
        "is_settable": term.lifetime.is_settable,
    }


def preview(caller: Caller, organization: Organization, now: datetime) -> list[dict[str, Any]]:
    """For each kind how many rows would go now, and how many are past their time but held."""
    kept = kept_for(caller)
    return [_previewed(term, caller, kept, now) for term in terms(organization)]


def _previewed(
    term: Term, caller: Caller | None, kept: Sequence[Protection], now: datetime
) -> dict[str, Any]:
    before, due, every = cutoff(term, now), 0, 0
    if before is not None:
        due = due_rows(term.lifetime, before, caller, kept).count()
        every = due_rows(term.lifetime, before, caller, ()).count() if kept else due
    told = {"kind": term.lifetime.kind, "before": before, "rows": due, "held": every - due}
    return told | {"effect": "emptied" if term.lifetime.clears else "deleted"}


def platform_preview(now: datetime) -> list[dict[str, Any]]:
    """The same for rows that belong to no organization. Call inside a platform scope."""
    kept = kept_for(None)
    return [_previewed(platform_term(lifetime), None, kept, now) for lifetime in of_platform()]
