"""The base of every door on the Developer API: an API key as the caller, the contract's error envelope."""

from uuid import UUID

from promptguard.core.views import TenantView
from promptguard.projects.access.services import admit
from promptguard.projects.authentication import ApiKeyAuthentication
from promptguard.projects.models import Project
from promptguard.projects.selectors import working_project


class DeveloperView(TenantView, abstract=True):
    plane = "developer"
    authentication_classes = [ApiKeyAuthentication]


class GuardedView(DeveloperView, abstract=True):
    """A door of the guard plane: the project's access list stands before it."""

    def project(self, project_id: UUID | None = None) -> Project:
        """The project to work for, when its list lets this request through. Raises NotFound, AccessListBlock."""
        project = working_project(self.caller, project_id)
        admit(
            caller=self.caller, project=project, end_user=self.request.headers.get("X-End-User", "").strip()
        )
        return project
