"""What can be done to projects and keys; each change audited in its own transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import Organization
from organizations.plans import PLANS, require_room
from promptguard.core.caller import Caller, system_caller
from promptguard.core.crypto import token_hash
from promptguard.core.errors import Conflict, Forbidden
from promptguard.core.tenancy import platform_scope
from promptguard.projects.keys import generate_key
from promptguard.projects.models import ApiKey, Project
from promptguard.projects.rotation import bounded_expiry
from promptguard.projects.scopes import Scope, permissions_of

USE_INTERVAL = timedelta(minutes=1)


class ProjectNameTaken(Conflict):
    code = "project_name_taken"
    message = "Another project of this organization has this name."


def create_project(*, caller: Caller, name: str, **settings: Any) -> Project:
    """A new project; `settings` are its other columns. Raises ProjectNameTaken, Forbidden (confined caller)."""
    if caller.projects is not None:
        raise Forbidden("A new project needs a permission that holds in every project.")
    organization = Organization.objects.select_for_update(no_key=True).get(id=caller.tenant)
    plan = PLANS[organization.plan]
    require_room(plan, "projects", plan.projects, Project.objects.for_caller(caller).count())
    try:
        with transaction.atomic():
            project = Project.objects.create_for(caller, name=name, **settings)
    except IntegrityError as error:
        raise ProjectNameTaken() from error
    record(
        Action.PROJECT_CREATED,
        caller=caller,
        targets=[Target("project", project.id)],
        after={"name": name, **settings},
    )
    return project


def update_project(*, caller: Caller, project: Project, changes: Mapping[str, Any]) -> Project:
    """Apply `changes` (column → value). Raises ProjectNameTaken."""
    before = {name: getattr(project, name) for name in changes}
    for name, value in changes.items():
        setattr(project, name, value)
    try:
        with transaction.atomic():
            project.save(update_fields=list(changes))
    except IntegrityError as error:
        raise ProjectNameTaken() from error
    target = Target("project", project.id)
    record(Action.PROJECT_UPDATED, caller=caller, targets=[target], before=before, after=dict(changes))
    return project


def create_api_key(
    *,
    caller: Caller,
    name: str,
    project: Project | None = None,
    scopes: Sequence[str] = tuple(Scope),
    expires_at: datetime | None = None,
    **settings: Any,
) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can read again.

    `settings` are its other columns. Raises Forbidden when it could do more than its maker, Invalid for an
    expiry in the past or beyond the organization's maximum, PlanLimit.
    """
    if caller.projects is not None and (project is None or project.id not in caller.projects):
        raise Forbidden("Whoever is confined to single projects makes keys for these only.")
    if not permissions_of(list(scopes)) <= caller.permissions_in(project.id if project else None):
        raise Forbidden("A key cannot do more than whoever makes it.")
    organization = Organization.objects.select_for_update(no_key=True).get(id=caller.tenant)
    # Every key counts, not only those that a caller bound to a project can see.
    live = ApiKey.objects.for_caller(system_caller(caller.tenant)).filter(revoked_at__isnull=True)
    plan = PLANS[organization.plan]
    require_room(plan, "API keys", plan.api_keys, live.count())
    expires_at = bounded_expiry(organization, expires_at, timezone.now())
    text = generate_key()
    key = ApiKey.objects.create_for(
        caller,
        name=name,
        project=project,
        public_id=text.public_id,
        secret_hash=token_hash(text.text),
        scopes=sorted(set(scopes)),
        created_by_id=caller.actor.id,
        expires_at=expires_at,
        **settings,
    )
    record(
        Action.API_KEY_CREATED,
        caller=caller,
        targets=[Target("api_key", key.id)],
        after={"prefix": key.prefix, "scopes": key.scopes, "project_id": _text(key.project_id)},
    )
    return key, text.text


def delete_api_key(*, caller: Caller, key: ApiKey) -> None:
    """The key stops working at once. Its row stays, so that old log entries keep their name."""
    key.revoked_at, key.is_active = timezone.now(), False
    key.save(update_fields=["revoked_at", "is_active"])
    record(
        Action.API_KEY_DELETED,
        caller=caller,
        targets=[Target("api_key", key.id)],
        before={"prefix": key.prefix},
    )


def toggle_api_key(*, caller: Caller, key: ApiKey) -> ApiKey:
    """Switch the key off, or on again."""
    key.is_active = not key.is_active
    key.save(update_fields=["is_active"])
    action = Action.API_KEY_ENABLED if key.is_active else Action.API_KEY_DISABLED
    record(action, caller=caller, targets=[Target("api_key", key.id)], after={"is_active": key.is_active})
    return key


def settle_keys_of(*, caller: Caller, user_id: UUID, heir_id: UUID | None) -> None:
    """The keys of a member who goes: handed over to `heir_id`, or revoked where there is none."""
    made = ApiKey.objects.for_caller(caller).filter(created_by_id=user_id, revoked_at__isnull=True)
    for key in made.select_for_update():
        if heir_id is None:
            delete_api_key(caller=caller, key=key)
        else:
            key.created_by_id = heir_id
            key.save(update_fields=["created_by_id"])
            record(
                Action.API_KEY_TRANSFERRED,
                caller=caller,
                targets=[Target("api_key", key.id), Target("user", heir_id)],
            )


def note_use(key: ApiKey, now: datetime) -> None:
    """`last_used_at`, at most once a minute: the hot path must not write a row for each request."""
    if key.last_used_at is None or now - key.last_used_at > USE_INTERVAL:
        with platform_scope():
            ApiKey.all_tenants.filter(id=key.id).update(last_used_at=now)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
