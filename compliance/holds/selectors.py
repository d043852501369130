"""Reads about holds."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields import TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from audit.holds import Protection
from audit.models import DataSubject, LegalHold
from compliance.models import HeldEndUser
from promptguard.core.caller import Caller
from promptguard.core.privacy import labelled


def holds(caller: Caller, status: str = "all") -> QuerySet[LegalHold]:
    """Holds of the caller's organization with the person each is about, those in force, those released, or all."""
    person = DataSubject.all_tenants.filter(
        organization_id=OuterRef("organization_id"), subject_ref=OuterRef("subject_ref")
    )
    label = HeldEndUser.objects.for_caller(caller).filter(hold_id=OuterRef("id"))
    rows = LegalHold.objects.for_caller(caller).annotate(
        subject_ref=Cast(KT("scope__subject_ref"), TextField()),
        user_id=Subquery(person.values("user_id")[:1]),
        end_user=Subquery(label.values("label")[:1]),
    )
    if status == "all":
        return rows
    return rows.filter(released_at__isnull=status == "in_force")


def with_labels(caller: Caller, found: Iterable[Protection]) -> list[Protection]:
    """The protections, those of end users with their labels."""
    labels = dict(HeldEndUser.objects.for_caller(caller).values_list("hold_id", "label"))
    return [
        replace(each, labels=frozenset({labels[each.hold_id]})) if each.hold_id in labels else each
        for each in found
    ]


def are_held(organizations: Collection[UUID], labels: Collection[str]) -> bool:
    """Whether a hold in one of these organizations is about an end user of one of these labels, in whatever case."""
    held = HeldEndUser.all_tenants.filter(labelled("label", labels), organization_id__in=organizations)
    return bool(labels) and held.exists()
