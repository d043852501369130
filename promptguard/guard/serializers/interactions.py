"""Shapes of the log of decisions."""

from typing import Any

from rest_framework import serializers

from promptguard.core.errors import Invalid
from promptguard.guard.models import Feedback, Interaction
from promptguard.guard.models.feedback import Judgement


class InteractionQuery(serializers.Serializer):
    """The guide's filters ("Persistent Audit Logs")."""

    project_id = serializers.UUIDField(required=False)
    flagged_only = serializers.BooleanField(required=False, default=False)
    search = serializers.CharField(max_length=200, required=False, allow_blank=True)
    days = serializers.IntegerField(min_value=1, max_value=3650, required=False)
    decision = serializers.ChoiceField(["allow", "block", "redact"], required=False)
    threat_type = serializers.CharField(max_length=40, required=False)
    end_user = serializers.CharField(max_length=255, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of the language, so it cannot be declared as an attribute.
        window = {name: serializers.DateTimeField(required=False) for name in ("from", "to")}
        return super().get_fields() | window

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if "from" in given and "to" in given and given["from"] > given["to"]:
            raise Invalid([{"loc": ["query", "from"], "msg": "Must not lie after `to`.", "type": "range"}])
        return given


class InteractionOut(serializers.ModelSerializer):
    project_id = serializers.UUIDField()
    event_id = serializers.CharField()
    threat_type = serializers.SerializerMethodField()
    integrity_hash = serializers.CharField()

    class Meta:
        model = Interaction
        fields = [
            "id",
            "event_id",
            "created_at",
            "project_id",
            "api_key_id",
            "endpoint",
            "direction",
            "decision",
            "is_flagged",
            "threat_type",
            "confidence",
            "reason",
            "model",
            "end_user",
            "session_id",
            "policy_version",
            "latency_ms",
            "integrity_hash",
        ]

    def get_threat_type(self, interaction: Interaction) -> str | None:
        return interaction.threat_type or None


class InteractionDetailOut(InteractionOut):
    threats = serializers.ListField(child=serializers.DictField())
    texts = serializers.ListField(
        child=serializers.CharField(), help_text="Redacted; empty with zero retention."
    )

    class Meta(InteractionOut.Meta):
        fields = [*InteractionOut.Meta.fields, "ip", "threats", "texts"]


class FeedbackIn(serializers.Serializer):
    judgement = serializers.ChoiceField(Judgement.values)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class FeedbackOut(serializers.ModelSerializer):
    class Meta:
        model = Feedback
        fields = ["id", "interaction_id", "judgement", "note", "author_id", "created_at"]


class ExportQuery(InteractionQuery):
    format = serializers.ChoiceField(["ndjson", "csv"], required=False, default="ndjson")


class ExplanationOut(serializers.Serializer):
    """Documents the answer; `guard.explanations` builds it."""

    event_id = serializers.CharField()
    decision = serializers.CharField()
    reason = serializers.CharField()
    confidence = serializers.FloatField()
    threat_type = serializers.CharField(allow_null=True)
    policy_version = serializers.CharField()
    policy_number = serializers.IntegerField(allow_null=True)
    content_mode = serializers.CharField()
    deciding = serializers.DictField(allow_null=True)
    findings = serializers.ListField(child=serializers.DictField())
    integrity_hash = serializers.CharField()
