"""Reads about interactions, policies and agents."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Q, QuerySet
from django.utils import timezone

from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope
from promptguard.guard.models import CanaryToken, Feedback, Interaction, PolicyVersion, Suppression, ToolCall
from promptguard.guard.policies import active_version
from promptguard.projects.models import Project

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


EXPORT_BATCH = 500


def exported_interactions(caller: Caller, filters: Mapping[str, Any]) -> Iterator[Interaction]:
    """The whole log, newest first, in batches that each open a scope: it is streamed after the request's ended."""
    last: UUID | None = None
    while True:
        with organization_scope(caller.tenant):
            rows = listed_interactions(caller, filters).order_by("-id")
            batch = list((rows.filter(id__lt=last) if last else rows)[:EXPORT_BATCH])
        yield from batch
        if len(batch) < EXPORT_BATCH:
            return
        last = batch[-1].id


def feedback(caller: Caller, interaction: Interaction) -> QuerySet[Feedback]:
    return Feedback.objects.for_caller(caller).filter(interaction=interaction)


def month_start(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def used_this_month(caller: Caller, now: datetime) -> int:
    """How many decisions the organization has asked for since the month began (UTC)."""
    rows = Interaction.objects.for_caller(caller)
    return rows.filter(created_at__gte=month_start(now)).count()


def policy_versions(caller: Caller, project_id: UUID) -> QuerySet[PolicyVersion]:
    rows = PolicyVersion.objects.for_caller(caller).filter(project_id=project_id)
    return rows.select_related("project")


def own_policies(project: Project) -> list[dict[str, Any]]:
    """The project's own policies as the active version has them, switched-off ones too."""
    version = active_version(project)
    return list(version.rules) if version else []


def suppressions(caller: Caller, project_id: UUID) -> QuerySet[Suppression]:
    rows = Suppression.objects.for_caller(caller).filter(project_id=project_id)
    return rows.select_related("project")


def canaries(caller: Caller, project_id: UUID) -> QuerySet[CanaryToken]:
    rows = CanaryToken.objects.for_caller(caller).filter(project_id=project_id)
    return rows.select_related("project")


def agent_statistics(caller: Caller, project: Project, agent_ref: str) -> dict[str, Any]:
    """What an agent tried so far (contract 1.6)."""
    calls = ToolCall.objects.for_caller(caller).filter(project=project, agent_ref=agent_ref)
    counted = calls.aggregate(
        total=Count("id"),
        blocked=Count("id", filter=Q(is_allowed=False)),
        anomalous=Count("id", filter=Q(is_anomalous=True)),
        risk=Avg("risk_score"),
    )
    return {
        "agent_id": agent_ref,
        "total_tool_calls": counted["total"],
        "blocked_calls": counted["blocked"],
        "avg_risk_score": round(counted["risk"] or 0.0, 4),
        "active_sessions": 0,
        "anomalies_detected": counted["anomalous"],
    }
