"""Shapes of projects and keys on both planes."""

from typing import Any

from rest_framework import serializers

from organizations.networks.serializers import CidrField
from promptguard.core.shapes import ShownOnce
from promptguard.projects.models import ApiKey, ContentMode, FailMode, Project
from promptguard.projects.rotation import LONGEST_OVERLAP_MINUTES
from promptguard.projects.scopes import Scope
from promptguard.projects.vocabulary import STRICTNESS_LEVELS, USE_CASES


class ProjectIn(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True, allow_null=True)
    fail_mode = serializers.ChoiceField(FailMode.values, required=False)
    use_case = serializers.ChoiceField(USE_CASES, required=False)
    strictness_level = serializers.ChoiceField(STRICTNESS_LEVELS, required=False)
    zero_retention = serializers.BooleanField(required=False)
    content_mode = serializers.ChoiceField(ContentMode.values, required=False)

    def validate_description(self, description: str | None) -> str:
        return description or ""


class ProjectChanges(ProjectIn):
    name = serializers.CharField(max_length=100, required=False)


class ProjectOut(serializers.ModelSerializer):
    class Meta:
        model = Project
        fields = [
            "id",
            "name",
            "description",
            "fail_mode",
            "use_case",
            "strictness_level",
            "zero_retention",
            "content_mode",
            "created_at",
        ]


class ApiKeyIn(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    project_id = serializers.UUIDField(required=False, allow_null=True)
    permissions = serializers.ListField(
        child=serializers.ChoiceField([scope.value for scope in Scope]), required=False, allow_null=True
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    allowed_cidrs = serializers.ListField(child=CidrField(max_length=64), required=False, max_length=50)
    rate_limit_per_minute = serializers.IntegerField(
        min_value=1, max_value=1_000_000, required=False, allow_null=True
    )

    def validate_permissions(self, scopes: list[str] | None) -> list[str]:
        """None and an empty list mean an unrestricted key (contract 1.1)."""
        return scopes or [scope.value for scope in Scope]


class ApiKeyChanges(ApiKeyIn):
    name = serializers.CharField(max_length=100, required=False)
    project_id = None  # type: ignore[assignment]


class RotationIn(serializers.Serializer):
    overlap_minutes = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP_MINUTES,
        default=60,
        help_text="How long the old key still works.",
    )


class ApiKeyOut(serializers.ModelSerializer):
    prefix = serializers.CharField()
    project_id = serializers.UUIDField(allow_null=True)
    project_name = serializers.SerializerMethodField()
    permissions = serializers.ListField(source="scopes", child=serializers.CharField())

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "project_id",
            "project_name",
            "permissions",
            "is_active",
            "last_used_at",
            "expires_at",
            "created_at",
            "allowed_cidrs",
            "rate_limit_per_minute",
            "rotated_at",
            "previous_expires_at",
        ]

    def get_project_name(self, key: ApiKey) -> str | None:
        return key.project.name if key.project else None


class NewApiKey(ApiKeyOut):
    """`key` is in this answer and in no other."""

    key = ShownOnce(help_text="The whole key. It is shown once.")

    class Meta(ApiKeyOut.Meta):
        fields = [*ApiKeyOut.Meta.fields, "key"]

    def to_representation(self, created: Any) -> dict[str, Any]:
        key, text = created
        key.key = text
        shown: dict[str, Any] = super().to_representation(key)
        return shown


class Deleted(serializers.Serializer):
    message = serializers.CharField()


class Toggled(serializers.Serializer):
    success = serializers.BooleanField()
    is_active = serializers.BooleanField()
