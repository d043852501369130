"""Reads about holds."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields import TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from audit.models import DataSubject, LegalHold
from promptguard.core.caller import Caller


def holds(caller: Caller, status: str = "all") -> QuerySet[LegalHold]:
    """Holds of the caller's organization with the person each is about, those in force, those released, or all."""
    person = DataSubject.all_tenants.filter(
        organization_id=OuterRef("organization_id"), subject_ref=OuterRef("subject_ref")
    )
    rows = LegalHold.objects.for_caller(caller).annotate(
        subject_ref=Cast(KT("scope__subject_ref"), TextField()),
        user_id=Subquery(person.values("user_id")[:1]),
    )
    if status == "all":
        return rows
    return rows.filter(released_at__isnull=status == "in_force")
