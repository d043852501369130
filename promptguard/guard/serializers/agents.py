"""Shapes of agent security (contract 1.6)."""

from typing import Any

from rest_framework import serializers

from promptguard.guard.serializers.scanning import LONGEST_SESSION_ID, Text

LONGEST_NAME, MOST_EVENTS, MOST_TOOLS = 255, 1000, 500


class Name(serializers.CharField):
    """A name that an application gave: stored as sent, so it must be something that can be stored."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST_NAME} | options)


class ToolCallIn(serializers.Serializer):
    agent_id = Name()
    tool_name = Name()
    arguments = serializers.DictField(required=False, allow_null=True)
    session_id = Name(max_length=LONGEST_SESSION_ID, required=False, allow_null=True, allow_blank=True)


class ToolCallOut(serializers.Serializer):
    allowed = serializers.BooleanField()
    risk_score = serializers.FloatField(min_value=0, max_value=1)
    risk_level = serializers.ChoiceField(["safe", "low", "medium", "high", "critical"])
    reason = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())
    blocked_reasons = serializers.ListField(child=serializers.CharField())


class AgentStats(serializers.Serializer):
    agent_id = serializers.CharField()
    total_tool_calls = serializers.IntegerField()
    blocked_calls = serializers.IntegerField()
    avg_risk_score = serializers.FloatField()
    active_sessions = serializers.IntegerField(help_text="Deprecated: always 0.")
    anomalies_detected = serializers.IntegerField()


class AgentIn(serializers.Serializer):
    agent_name = Name()
    allowed_tools = serializers.ListField(
        child=Name(), max_length=MOST_TOOLS, required=False, allow_null=True, default=None
    )


class AgentRegistered(serializers.Serializer):
    agent_id = serializers.CharField(source="agent.id")
    agent_name = serializers.CharField(source="agent.name")
    agent_secret = serializers.CharField(source="secret", help_text="It is shown once.")
    credential_prefix = serializers.CharField(source="agent.credential_prefix")


class CredentialRotated(serializers.Serializer):
    agent_id = serializers.CharField(source="agent.id")
    new_secret = serializers.CharField(source="secret", help_text="It is shown once.")
    credential_prefix = serializers.CharField(source="agent.credential_prefix")
    old_credential_revoked = serializers.BooleanField(default=True)


class BehaviourIn(serializers.Serializer):
    agent_id = Name()
    recent_actions = serializers.ListField(child=serializers.DictField(), max_length=MOST_EVENTS)
    session_id = Name(required=False, allow_null=True, allow_blank=True)


class BehaviourOut(serializers.Serializer):
    is_normal = serializers.BooleanField()
    anomaly_score = serializers.FloatField()
    detected_patterns = serializers.ListField(child=serializers.CharField())
    recommendations = serializers.ListField(child=serializers.CharField())


class MemoryIn(serializers.Serializer):
    content = Text()
    direction = serializers.ChoiceField(["write", "read"], required=False, default="write")
    memory_id = Name(required=False, allow_null=True, allow_blank=True)


class MemoryOut(serializers.Serializer):
    decision = serializers.CharField()
    detected = serializers.BooleanField()
    reason = serializers.CharField()
    confidence = serializers.FloatField()
    match_type = serializers.CharField(allow_null=True)
    content_hash = serializers.CharField(allow_null=True)
    rule = serializers.DictField(allow_null=True)
    event_id = serializers.CharField()


class TraceEvent(serializers.Serializer):
    role = Name(required=False, allow_blank=True)
    tool_name = Name(required=False, allow_null=True, allow_blank=True)
    arguments = serializers.DictField(required=False, allow_null=True)
    output = serializers.JSONField(required=False, allow_null=True)
    content = Text(required=False, allow_null=True)
    thought = Text(required=False, allow_null=True)


class TraceIn(serializers.Serializer):
    user_objective = Text(required=False, default="")
    events = serializers.ListField(child=TraceEvent(), max_length=MOST_EVENTS)
    tool_labels = serializers.DictField(
        child=serializers.DictField(), required=False, allow_null=True, default=None
    )


class TraceOut(serializers.Serializer):
    decision = serializers.CharField()
    findings = serializers.ListField(child=serializers.DictField())
    event_id = serializers.CharField()


class SessionEnded(serializers.Serializer):
    status = serializers.CharField()
    agent_id = serializers.CharField()
    session_id = serializers.CharField()
    deprecated = serializers.BooleanField()


class AgentSecurityHealth(serializers.Serializer):
    status = serializers.CharField()
    validator_status = serializers.CharField()
    analyzer_status = serializers.CharField()
    blocked_tools_count = serializers.IntegerField()


class ManifestTool(serializers.Serializer):
    """Only the name is checked here: the engine reads the tool as the server sent it."""

    name = serializers.CharField()

    def to_internal_value(self, given: Any) -> Any:
        super().to_internal_value(given)
        return given


class OtherServer(serializers.Serializer):
    name = serializers.CharField()
    tools = ManifestTool(many=True)


class ManifestIn(serializers.Serializer):
    tools = serializers.ListField(child=ManifestTool(), max_length=MOST_TOOLS)
    pin = serializers.CharField(max_length=128, required=False, allow_null=True, allow_blank=True)
    other_servers = serializers.ListField(
        child=OtherServer(), max_length=100, required=False, allow_null=True, default=None
    )


class ManifestOut(serializers.Serializer):
    sha256 = serializers.CharField()
    ok = serializers.BooleanField()
    findings = serializers.ListField(child=serializers.DictField())
    tools = serializers.ListField(child=serializers.DictField())
    incomplete = serializers.BooleanField()
    unscanned_tools = serializers.ListField(child=serializers.CharField())


class ToolProfileIn(serializers.Serializer):
    allowed_tools = serializers.ListField(child=Name(), max_length=MOST_TOOLS, required=False)
    blocked_tools = serializers.ListField(child=Name(), max_length=MOST_TOOLS, required=False)
    approval_tools = serializers.ListField(child=Name(), max_length=MOST_TOOLS, required=False)


class ToolProfileOut(serializers.Serializer):
    allowed_tools = serializers.ListField(child=serializers.CharField())
    blocked_tools = serializers.ListField(child=serializers.CharField())
    approval_tools = serializers.ListField(child=serializers.CharField())
