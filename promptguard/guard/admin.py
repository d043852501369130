"""The operators' pages about decisions, policies and agents. Operators see what was decided, never what was said."""

from django.contrib import admin

from promptguard.core.admin import OperatorAdmin
from promptguard.guard.models import (
    Agent,
    CanaryToken,
    Feedback,
    Interaction,
    PolicyVersion,
    Suppression,
    ToolCall,
    ToolProfile,
    VaultedValue,
)


@admin.register(Interaction)
class InteractionAdmin(OperatorAdmin):
    list_display = (
        "event_id",
        "organization",
        "project",
        "decision",
        "threat_type",
        "confidence",
        "created_at",
    )
    list_filter = ("decision", "threat_type", "endpoint")
    list_select_related = ("organization", "project")
    search_fields = ("id", "reason", "organization__slug")
    exclude = ("content", "salt", "canonical", "leaf_hash", "end_user", "ip")


@admin.register(Feedback)
class FeedbackAdmin(OperatorAdmin):
    list_display = ("judgement", "interaction", "organization", "created_at")
    list_filter = ("judgement",)
    list_select_related = ("organization", "interaction")
    search_fields = ("organization__slug",)
    exclude = ("note",)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(OperatorAdmin):
    list_display = ("number", "project", "organization", "use_case", "strictness_level", "created_at")
    list_select_related = ("organization", "project")
    search_fields = ("project__name", "organization__slug")


@admin.register(Suppression)
class SuppressionAdmin(OperatorAdmin):
    list_display = ("detector", "rule_id", "project", "organization", "reason", "expires_at")
    list_filter = ("detector",)
    list_select_related = ("organization", "project")
    search_fields = ("rule_id", "organization__slug")


@admin.register(Agent)
class AgentAdmin(OperatorAdmin):
    list_display = ("name", "credential_prefix", "project", "organization", "created_at", "rotated_at")
    list_select_related = ("organization", "project")
    search_fields = ("name", "organization__slug")
    exclude = ("secret_hash",)


@admin.register(ToolCall)
class ToolCallAdmin(OperatorAdmin):
    list_display = ("agent_ref", "tool_name", "is_allowed", "risk_score", "organization", "created_at")
    list_filter = ("is_allowed",)
    list_select_related = ("organization",)
    search_fields = ("agent_ref", "tool_name", "organization__slug")


@admin.register(ToolProfile)
class ToolProfileAdmin(OperatorAdmin):
    list_display = ("project", "organization")
    list_select_related = ("organization", "project")
    search_fields = ("organization__slug",)


@admin.register(VaultedValue)
class VaultedValueAdmin(OperatorAdmin):
    list_display = ("token", "project", "organization", "created_at", "expires_at")
    list_select_related = ("organization", "project")
    search_fields = ("organization__slug",)
    exclude = ("sealed", "scope_hash")


@admin.register(CanaryToken)
class CanaryTokenAdmin(OperatorAdmin):
    list_display = ("name", "project", "organization", "created_at")
    list_select_related = ("organization", "project")
    search_fields = ("name", "organization__slug")
    exclude = ("sealed",)
