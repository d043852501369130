"""A role in a single project, for a member who needs more there than elsewhere."""

from uuid import UUID

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import ProjectGrant
from organizations.roles import project_permissions_of
from organizations.services.governance import AboveOwnRank, lock_organization, own_standing
from organizations.services.members import membership_of
from promptguard.core.caller import Caller
from promptguard.core.errors import NotFound


def grant_project_role(*, caller: Caller, project_id: UUID, user_id: UUID, role: str) -> ProjectGrant:
    """Give a member a role in one project, or change it. Raises NotFound for strangers, AboveOwnRank.

    `project_id` is one that the caller can see: the door in `projects` looks it up.
    """
    lock_organization(caller)
    membership_of(caller, user_id)
    if not project_permissions_of(role) <= own_standing(caller).permissions:
        raise AboveOwnRank()
    grants = ProjectGrant.objects.for_caller(caller).filter(project_id=project_id, user_id=user_id)
    grant = grants.first() or ProjectGrant(
        organization_id=caller.tenant, project_id=project_id, user_id=user_id
    )
    before, grant.role = grant.role, role
    grant.save()
    record(
        Action.PROJECT_ACCESS_GRANTED,
        caller=caller,
        targets=[Target("user", user_id), Target("project", project_id)],
        before={"role": before or None},
        after={"role": role},
    )
    return grant


def revoke_project_role(*, caller: Caller, project_id: UUID, user_id: UUID) -> None:
    """Raises NotFound when there is none."""
    grants = ProjectGrant.objects.for_caller(caller).filter(project_id=project_id, user_id=user_id)
    deleted, _ = grants.delete()
    if not deleted:
        raise NotFound()
    record(
        Action.PROJECT_ACCESS_REVOKED,
        caller=caller,
        targets=[Target("user", user_id), Target("project", project_id)],
    )
