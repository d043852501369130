"""The rules of an access list."""

from django.db import models
from django.utils import timezone

from promptguard.core.tenancy import TenantModel


class AccessRule(TenantModel):
    """Allows or blocks one kind of caller; without a project, in every project of the organization."""

    class List(models.TextChoices):
        ALLOW = "allow"
        BLOCK = "block"

    class Target(models.TextChoices):
        COUNTRY = "country"
        END_USER = "end_user"
        IP = "ip"
        IP_CIDR = "ip_cidr"

    project_field = "project_id"

    project = models.ForeignKey(
        "projects.Project", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    list = models.CharField(max_length=5, choices=List)
    target_type = models.CharField(max_length=10, choices=Target)
    value = models.CharField(max_length=255)
    note = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_by_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "project", "list", "target_type", "value"],
                nulls_distinct=False,
                name="one_rule_per_target",
            )
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.target_type}"
