"""Shapes of the guard's doors: lenient on input, strict on output (contract 1.3 to 1.5)."""

from typing import Any

from rest_framework import serializers

from promptguard.core.shapes import ShownOnce
from promptguard.guard.engine import PII_TYPES, Direction

LONGEST_TEXT = 100_000
LONGEST_SESSION_ID = 255
ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class Text(serializers.CharField):
    """Text as sent: nothing trimmed, empty allowed, too long said in words that clients look for."""

    default_error_messages = {
        "max_length": "The text exceeds {max_length} characters (too_long).",
    }

    def __init__(self, **options: Any) -> None:
        options = {"max_length": LONGEST_TEXT, "trim_whitespace": False, "allow_blank": True} | options
        super().__init__(**options)
        # A NUL is data to the guard; only the database minds it, and never sees it unsealed.
        self.validators = [
            v for v in self.validators if type(v).__name__ != "ProhibitNullCharactersValidator"
        ]


class GuardMessage(serializers.Serializer):
    role = serializers.ChoiceField(ROLES)
    content = serializers.JSONField(required=False, allow_null=True, help_text="Text, or an array of blocks.")
    tool_calls = serializers.ListField(child=serializers.JSONField(), required=False, allow_null=True)

    def validate_content(self, content: Any) -> Any:
        if content is None or isinstance(content, str):
            return content
        if isinstance(content, list) and all(isinstance(block, dict) for block in content):
            return content
        raise serializers.ValidationError("Must be text, an array of blocks, or null.")


class GuardContext(serializers.Serializer):
    framework = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    chain_name = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    agent_id = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    session_id = serializers.CharField(
        max_length=LONGEST_SESSION_ID, required=False, allow_null=True, allow_blank=True
    )
    tool_calls = serializers.ListField(child=serializers.JSONField(), required=False, allow_null=True)
    metadata = serializers.DictField(required=False, allow_null=True)


class RetrievedDocument(serializers.Serializer):
    content = Text()
    source = serializers.CharField(required=False, allow_null=True, allow_blank=True)  # type: ignore[assignment]
    metadata = serializers.DictField(required=False, allow_null=True)


class Medium(serializers.Serializer):
    type = serializers.ChoiceField(["image", "audio", "document"])
    mime_type = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    url = serializers.CharField(required=False, allow_null=True)
    base64 = serializers.CharField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False, allow_null=True)


class DeviceFinding(serializers.Serializer):
    category = serializers.CharField(max_length=40)
    count = serializers.IntegerField(min_value=1)

    def to_internal_value(self, given: Any) -> Any:
        if isinstance(given, dict) and set(given) - {"category", "count"}:
            raise serializers.ValidationError("Has keys besides category and count.")
        return super().to_internal_value(given)


class GuardIn(serializers.Serializer):
    messages = GuardMessage(many=True, required=False)
    input = Text(required=False, help_text="One user message, for clients that send no list.")
    direction = serializers.ChoiceField(
        [member.value for member in Direction], required=False, default="input"
    )
    model = serializers.CharField(max_length=100, required=False, allow_null=True, allow_blank=True)
    context = GuardContext(required=False, allow_null=True)  # type: ignore[assignment]
    retrieved_context = RetrievedDocument(many=True, required=False, allow_null=True)
    media = Medium(many=True, required=False, allow_null=True)
    images = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True)
    device_findings = DeviceFinding(many=True, required=False, allow_null=True)
    project_id = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given.get("messages"):
            if "input" not in given:
                raise serializers.ValidationError({"messages": "At least one message is needed."})
            given["messages"] = [{"role": "user", "content": given["input"]}]
        return given


class GuardOut(serializers.Serializer):
    """Documents the answer; the view builds it as a plain dictionary."""

    decision = serializers.ChoiceField(["allow", "block", "redact"])
    event_id = serializers.CharField()
    confidence = serializers.FloatField(min_value=0, max_value=1)
    weighted_score = serializers.FloatField(allow_null=True)
    threat_type = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    redacted_messages = serializers.ListField(child=serializers.DictField(), allow_null=True)
    threats = serializers.ListField(child=serializers.DictField())
    unscanned = serializers.ListField(child=serializers.DictField())
    unavailable = serializers.ListField(child=serializers.DictField())
    entitlement = serializers.DictField(allow_null=True)
    latency_ms = serializers.FloatField()
    metadata = serializers.DictField()


class ScanIn(serializers.Serializer):
    """`text` and `direction` are what an older client calls `content` and `type` (contract 0.9)."""

    content = Text(required=False)
    text = Text(required=False)
    type = serializers.ChoiceField(["prompt", "response"], required=False)
    direction = serializers.ChoiceField(["input", "output"], required=False)
    project_id = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        is_output = given.get("type") == "response" or given.get("direction") == "output"
        return {
            "content": content_or_text(given),
            "direction": Direction.OUTPUT if is_output else Direction.INPUT,
            "project_id": given.get("project_id"),
        }


class ScanOut(serializers.Serializer):
    blocked = serializers.BooleanField()
    decision = serializers.ChoiceField(["allow", "block", "redact"])
    flagged = serializers.BooleanField()
    threshold = serializers.DictField(allow_null=True)
    reason = serializers.CharField()
    threatType = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField()
    eventId = serializers.CharField()
    processingTimeMs = serializers.FloatField()


class RedactIn(serializers.Serializer):
    content = Text(required=False)
    text = Text(required=False)
    pii_types = serializers.ListField(
        child=serializers.ChoiceField(sorted(PII_TYPES)), required=False, allow_null=True
    )
    project_id = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        types = given.get("pii_types")
        return {
            "content": content_or_text(given),
            "entities": None if types is None else frozenset(types),
            "project_id": given.get("project_id"),
        }


class RedactOut(serializers.Serializer):
    original = ShownOnce()
    redacted = serializers.CharField()
    piiFound = serializers.ListField(child=serializers.CharField())


class RestoreIn(serializers.Serializer):
    """The tokens belong to a session (with X-End-User, when the calls had one) or to a single event."""

    content = Text()
    session_id = serializers.CharField(max_length=LONGEST_SESSION_ID, required=False)
    event_id = serializers.CharField(max_length=64, required=False)
    project_id = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("session_id" in given) == ("event_id" in given):
            raise serializers.ValidationError({"session_id": "Either this or event_id is needed."})
        return given


class RestoreOut(serializers.Serializer):
    restored = ShownOnce()
    tokens_restored = serializers.IntegerField()


def content_or_text(given: dict[str, Any]) -> str:
    """The text under either name. Raises ValidationError when there is neither."""
    text = given.get("content", given.get("text"))
    if text is None:
        raise serializers.ValidationError({"content": "This field is required."})
    return str(text)


class PresetOut(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    pii_detection = serializers.BooleanField()
    injection_detection = serializers.BooleanField()
    exfiltration_detection = serializers.BooleanField()
    output_safety = serializers.BooleanField()
    custom_patterns = serializers.ListField(child=serializers.CharField())
    allowed_domains = serializers.ListField(child=serializers.CharField())
    blocked_domains = serializers.ListField(child=serializers.CharField())


class UsageOut(serializers.Serializer):
    has_subscription = serializers.BooleanField()
    plan = serializers.CharField()
    status = serializers.CharField(allow_null=True)
    monthly_limit = serializers.IntegerField()
    used_this_month = serializers.IntegerField()
    remaining = serializers.IntegerField()
    usage_percentage = serializers.FloatField()
    reset_date = serializers.DateTimeField()
    requests_used = serializers.IntegerField()
    requests_limit = serializers.IntegerField()
    overage = serializers.IntegerField()
    reset_at = serializers.DateTimeField()
