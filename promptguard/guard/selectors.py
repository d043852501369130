"""Reads about interactions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from promptguard.core.caller import Caller
from promptguard.guard.models import Interaction

EQUAL = ("project_id", "decision", "threat_type", "end_user")


def interactions(caller: Caller, filters: Mapping[str, Any] | None = None) -> QuerySet[Interaction]:
    """The log, narrowed by validated `filters` (see InteractionQuery). Large columns come on request only."""
    wanted = dict(filters or {})
    rows = Interaction.objects.for_caller(caller).filter(
        **{name: wanted[name] for name in EQUAL if name in wanted}
    )
    if wanted.get("flagged_only"):
        rows = rows.filter(is_flagged=True)
    if wanted.get("search"):
        rows = rows.filter(reason__icontains=wanted["search"])
    if wanted.get("days"):
        rows = rows.filter(created_at__gte=timezone.now() - timedelta(days=wanted["days"]))
    if wanted.get("from"):
        rows = rows.filter(created_at__gte=wanted["from"])
    if wanted.get("to"):
        rows = rows.filter(created_at__lte=wanted["to"])
    return rows


def listed_interactions(caller: Caller, filters: Mapping[str, Any]) -> QuerySet[Interaction]:
    return interactions(caller, filters).defer("content", "canonical", "salt")


def month_start(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def used_this_month(caller: Caller, now: datetime) -> int:
    """How many decisions the organization has asked for since the month began (UTC)."""
    rows = Interaction.objects.for_caller(caller)
    return rows.filter(created_at__gte=month_start(now)).count()
