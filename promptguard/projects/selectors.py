"""Reads about projects and keys."""

from uuid import UUID

from django.db.models import QuerySet

from promptguard.core.caller import Caller
from promptguard.core.errors import NotFound
from promptguard.core.tenancy import platform_scope
from promptguard.projects.models import ApiKey, Project


def projects(caller: Caller) -> QuerySet[Project]:
    return Project.objects.for_caller(caller)


def api_keys(caller: Caller) -> QuerySet[ApiKey]:
    """Keys that have not been deleted, with their project."""
    return ApiKey.objects.for_caller(caller).filter(revoked_at__isnull=True).select_related("project")


def api_key_by_public_id(public_id: str) -> ApiKey | None:
    """For the door only: before a key is recognised, nobody knows whose organization it is."""
    with platform_scope():
        return ApiKey.all_tenants.select_related("organization").filter(public_id=public_id).first()


def working_project(caller: Caller, project_id: UUID | None = None) -> Project:
    """The project that a guard call works for: the key's, else the one named, else the oldest.

    Raises NotFound for another tenant's project, and when there is none at all.
    """
    rows = projects(caller).order_by("created_at")
    found = (rows.filter(id=project_id) if project_id else rows).first()
    if found is None:
        raise NotFound("There is no such project in this organization.")
    return found
