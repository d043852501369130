"""The doors of policies. Guardrails and own policies stand on both planes, versions on the dashboard's."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView
from promptguard.guard import selectors
from promptguard.guard.enforcement import enforced_bodies
from promptguard.guard.models import PolicyVersion
from promptguard.guard.policies import active_policy
from promptguard.guard.serializers.policies import (
    Activated,
    CanaryIn,
    CanaryOut,
    DiffQuery,
    DryRunIn,
    DryRunOut,
    EnforcedPolicies,
    GuardrailsIn,
    GuardrailsOut,
    PlantedOut,
    PolicyIn,
    PolicyOut,
    SuppressionIn,
    SuppressionOut,
    VersionDiff,
    VersionIn,
    VersionOut,
)
from promptguard.guard.services import policies as services
from promptguard.guard.services.canaries import plant_canary, retire_canary
from promptguard.guard.services.dryrun import dry_run_body, dry_runs, start_dry_run
from promptguard.guard.services.suppressions import suppress, unsuppress
from promptguard.projects.developer import DeveloperView
from promptguard.projects.models import Project
from promptguard.projects.selectors import projects, working_project


class ProjectDoor(TenantView, abstract=True):
    """What doors below one project share."""

    def project(self, project_id: UUID) -> Project:
        return self.one(projects(self.caller), id=project_id)

    def version(self, project_id: UUID, number: int) -> PolicyVersion:
        return self.one(selectors.policy_versions(self.caller, project_id), number=number)

    @property
    def if_match(self) -> str:
        return str(self.request.headers.get("If-Match", ""))

    def active(self, project: Project) -> Response:
        policy = active_policy(project)
        body = {"number": policy.number, "policy_version": policy.version}
        return self.answer(body, headers={"ETag": policy.etag})


class Guardrails(ProjectDoor):
    """The guardrails that decide now; replace them. `If-Match` refuses to overwrite another's change."""

    permissions = {"GET": P.PROJECT_READ, "PUT": P.PROJECT_WRITE}
    takes = {"PUT": GuardrailsIn}
    gives = {"GET": GuardrailsOut, "PUT": GuardrailsOut}

    def get(self, request: Request, project_id: UUID) -> Response:
        return self.shown(self.project(project_id))

    def put(self, request: Request, project_id: UUID) -> Response:
        project, given = self.project(project_id), self.body()
        changed = services.replace_guardrails(
            caller=self.caller, project=project, guardrails=given["guardrails"], if_match=self.if_match
        )
        return self.shown(changed)

    def shown(self, project: Project) -> Response:
        policy = active_policy(project)
        return self.answer({"guardrails": policy.engine.guardrails()}, headers={"ETag": policy.etag})


class DeveloperGuardrails(Guardrails, DeveloperView):
    """The same for the key's plane: what the command line exports, compares and applies (contract 1.8)."""


class ProjectPolicyList(ProjectDoor):
    """The project's own policies; add one, active at once."""

    permissions = {"GET": P.PROJECT_READ, "POST": P.PROJECT_WRITE}
    takes = {"POST": PolicyIn}
    gives = {"GET": PolicyOut, "POST": PolicyOut}
    statuses = {"POST": 201}

    def get(self, request: Request, project_id: UUID) -> Response:
        own = selectors.own_policies(self.project(project_id))
        return Response({"results": PolicyOut(own, many=True).data, "next": None, "previous": None})

    def post(self, request: Request, project_id: UUID) -> Response:
        project, given = self.project(project_id), self.body()
        return self.answer(
            services.add_policy(caller=self.caller, project=project, policy=given, if_match=self.if_match)
        )


class ProjectPolicyDetail(ProjectDoor):
    permissions = {"DELETE": P.PROJECT_WRITE}

    def delete(self, request: Request, project_id: UUID, policy_id: UUID) -> Response:
        project = self.project(project_id)
        services.remove_policy(
            caller=self.caller, project=project, policy_id=str(policy_id), if_match=self.if_match
        )
        return self.answer()


class DeveloperPolicyList(DeveloperView):
    """What is enforced for the key's project; add a policy of one's own (contract 1.8)."""

    permissions = {"GET": P.PROJECT_READ, "POST": P.PROJECT_WRITE}
    takes = {"POST": PolicyIn}
    gives = {"GET": EnforcedPolicies, "POST": PolicyOut}
    statuses = {"POST": 201}

    def get(self, request: Request) -> Response:
        project = working_project(self.caller)
        enforced = enforced_bodies(active_policy(project), selectors.own_policies(project))
        return self.answer({"policies": enforced, "total": len(enforced)})

    def post(self, request: Request) -> Response:
        given: dict[str, Any] = self.body()
        project = working_project(self.caller)
        return self.answer(services.add_policy(caller=self.caller, project=project, policy=given))


class VersionList(ProjectDoor):
    """Every version of the policy, newest first; draft another, which decides nothing yet."""

    permissions = {"GET": P.PROJECT_READ, "POST": P.PROJECT_WRITE}
    takes = {"POST": VersionIn}
    gives = {"GET": VersionOut, "POST": VersionOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, project_id: UUID) -> Response:
        return self.page(selectors.policy_versions(self.caller, self.project(project_id).id))

    def post(self, request: Request, project_id: UUID) -> Response:
        project, given = self.project(project_id), self.body()
        draft = services.Draft(**services.with_identifiers(given))
        return self.answer(services.draft_policy(caller=self.caller, project=project, draft=draft))


class VersionDetail(ProjectDoor):
    permissions = {"GET": P.PROJECT_READ}
    gives = {"GET": VersionOut}

    def get(self, request: Request, project_id: UUID, number: int) -> Response:
        return self.answer(self.version(project_id, number))


class VersionDiffView(ProjectDoor):
    """What this version says differently from version `against` (0: the preset; left out: the one before)."""

    permissions = {"GET": P.PROJECT_READ}
    gives = {"GET": VersionDiff}

    def get(self, request: Request, project_id: UUID, number: int) -> Response:
        version = self.version(project_id, number)
        against = self.query(DiffQuery).get("against", version.based_on)
        other = self.version(project_id, against) if against else None
        return self.answer({"changes": services.version_changes(other, version)})


class VersionActivation(ProjectDoor):
    """Make this version decide from the next request on."""

    permissions = {"POST": P.PROJECT_WRITE}
    gives = {"POST": Activated}

    def post(self, request: Request, project_id: UUID, number: int) -> Response:
        project, version = self.project(project_id), self.version(project_id, number)
        changed = services.activate_policy(
            caller=self.caller, project=project, version=version, if_match=self.if_match
        )
        return self.active(changed)


class VersionRollback(ProjectDoor):
    """A new, active version that says what this one said; 0 is the bare preset."""

    permissions = {"POST": P.PROJECT_WRITE}
    gives = {"POST": Activated}

    def post(self, request: Request, project_id: UUID, number: int) -> Response:
        project = self.project(project_id)
        changed = services.roll_back_policy(
            caller=self.caller, project=project, number=number, if_match=self.if_match
        )
        return self.active(changed)


class VersionDryRun(ProjectDoor):
    """Find out in the background what this version would have changed; `Location` says where to ask."""

    permissions = {"POST": P.PROJECT_READ}
    takes = {"POST": DryRunIn}
    gives = {"POST": DryRunOut}
    statuses = {"POST": 202}

    def post(self, request: Request, project_id: UUID, number: int) -> Response:
        project, version = self.project(project_id), self.version(project_id, number)
        days = self.body()["days"]
        job = start_dry_run(caller=self.caller, project=project, version=version, days=days)
        return self.answer(dry_run_body(job), headers={"Location": f"{request.path}/{job.id}"})


class VersionDryRunDetail(ProjectDoor):
    """How far such a run is, and what it found."""

    permissions = {"GET": P.PROJECT_READ}
    gives = {"GET": DryRunOut}

    def get(self, request: Request, project_id: UUID, number: int, job_id: UUID) -> Response:
        runs = dry_runs(self.caller, self.version(project_id, number))
        return self.answer(dry_run_body(self.one(runs, id=job_id)))


class SuppressionList(ProjectDoor):
    """The rules that this project has silenced; silence another."""

    permissions = {"GET": P.PROJECT_READ, "POST": P.PROJECT_WRITE}
    takes = {"POST": SuppressionIn}
    gives = {"GET": SuppressionOut, "POST": SuppressionOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, project_id: UUID) -> Response:
        return self.page(selectors.suppressions(self.caller, self.project(project_id).id))

    def post(self, request: Request, project_id: UUID) -> Response:
        project = self.project(project_id)
        return self.answer(suppress(caller=self.caller, project=project, **self.body()))


class SuppressionDetail(ProjectDoor):
    permissions = {"DELETE": P.PROJECT_WRITE}

    def delete(self, request: Request, project_id: UUID, suppression_id: UUID) -> Response:
        rows = selectors.suppressions(self.caller, project_id)
        unsuppress(caller=self.caller, suppression=self.one(rows, id=suppression_id))
        return self.answer()


class CanaryList(ProjectDoor):
    """The canary tokens that this project watches for; plant another, whose token this one answer shows."""

    permissions = {"GET": P.PROJECT_READ, "POST": P.PROJECT_WRITE}
    takes = {"POST": CanaryIn}
    gives = {"GET": CanaryOut, "POST": PlantedOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, project_id: UUID) -> Response:
        return self.page(selectors.canaries(self.caller, self.project(project_id).id))

    def post(self, request: Request, project_id: UUID) -> Response:
        project = self.project(project_id)
        return self.answer(plant_canary(caller=self.caller, project=project, **self.body()))


class CanaryDetail(ProjectDoor):
    """Stop watching for a canary token."""

    permissions = {"DELETE": P.PROJECT_WRITE}

    def delete(self, request: Request, project_id: UUID, canary_id: UUID) -> Response:
        rows = selectors.canaries(self.caller, project_id)
        retire_canary(caller=self.caller, canary=self.one(rows, id=canary_id))
        return self.answer()
