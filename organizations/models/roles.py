"""Roles that an organization defines itself, and roles held in a single project."""

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from organizations.models.people import User
from organizations.roles import CUSTOM, Role, Standing, custom_standing, standing
from promptguard.core.tenancy import TenantModel


class CustomRole(TenantModel):
    """A named set of permissions of one organization."""

    name = models.CharField(max_length=40)
    description = models.CharField(max_length=300, blank=True)
    permissions = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", Lower("name"), name="one_custom_role_per_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> Standing:
        return custom_standing(self.name, self.permissions)


class RoleHolder(models.Model):
    """A row with a role: one of the four, or `custom` and a `CustomRole`. The database keeps the two in step."""

    role = models.CharField(max_length=20, choices=[(name, name) for name in (*Role, CUSTOM)])
    # PROTECT: a role that somebody has, or is invited to, cannot be deleted.
    custom_role = models.ForeignKey(
        CustomRole, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role=CUSTOM, custom_role__isnull=False)
                | (~models.Q(role=CUSTOM) & models.Q(custom_role__isnull=True)),
                name="%(class)s_role_is_custom_or_not",
            )
        ]

    if TYPE_CHECKING:
        custom_role_id: Any

    @property
    def standing(self) -> Standing:
        return self.custom_role.standing if self.custom_role else standing(self.role)

    @property
    def role_name(self) -> str:
        """What people call the role: the custom role's own name, else one of the four."""
        return self.custom_role.name if self.custom_role else self.role


class ProjectGrant(TenantModel):
    """A built-in role that a member holds in one project, beyond what their role allows everywhere."""

    # Of a higher floor: the key keeps the row honest, the door that makes it stands in `projects`.
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=[(name, name) for name in Role])
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    project_field = "project_id"

    class Meta:
        constraints = [models.UniqueConstraint("project", "user", name="one_grant_per_person_and_project")]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role} in {self.project_id}"
