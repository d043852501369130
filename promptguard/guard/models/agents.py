"""Agents: who they are, what their project lets them do, and what they tried."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from promptguard.core.tenancy import TenantModel
from promptguard.projects.models import Project


class Agent(TenantModel):
    """A registered agent. Its secret is kept as a hash and shown once."""

    project_field = "project_id"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="agents")
    name = models.CharField(max_length=255)
    credential_prefix = models.CharField(max_length=20)
    secret_hash = models.BinaryField()
    allowed_tools = ArrayField(models.CharField(max_length=255), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    rotated_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class ToolProfile(TenantModel):
    """Which tools the agents of a project may call. An empty list of allowed tools allows what is not blocked."""

    project_field = "project_id"

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="tool_profile")
    allowed_tools = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    blocked_tools = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    approval_tools = ArrayField(models.CharField(max_length=255), default=list, blank=True)

    def __str__(self) -> str:
        return f"tools of {self.project_id}"


class ToolCall(TenantModel):
    """One judged call: names and numbers, never arguments. `agent_ref` is whatever the application calls it."""

    project_field = "project_id"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tool_calls")
    agent_ref = models.CharField(max_length=255)
    tool_name = models.CharField(max_length=255)
    is_allowed = models.BooleanField()
    is_anomalous = models.BooleanField(default=False)
    risk_score = models.FloatField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index("project", "agent_ref", name="tool_calls_of_an_agent")]

    def __str__(self) -> str:
        return f"{self.agent_ref}: {self.tool_name}"
