"""Shapes of limits, retention and the life of keys."""

from rest_framework import serializers

from organizations.limits.models import Plane
from organizations.limits.services import LONGEST_KEY_LIFE_DAYS

LONGEST_RETENTION_DAYS = 3650


class RateOut(serializers.Serializer):
    plane = serializers.ChoiceField(Plane.choices)
    per_minute = serializers.IntegerField()
    burst = serializers.IntegerField(help_text="Requests at once.")
    source = serializers.ChoiceField(["override", "plan", "platform"])  # type: ignore[assignment]
    reason = serializers.CharField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class RateLimitsOut(serializers.Serializer):
    plan = serializers.CharField()
    maximum_per_minute = serializers.IntegerField(help_text="No override goes above this.")
    limits = RateOut(many=True)


class RetentionIn(serializers.Serializer):
    retention_days = serializers.IntegerField(
        min_value=1,
        max_value=LONGEST_RETENTION_DAYS,
        allow_null=True,
        help_text="Null: as long as the plan allows.",
    )


class RetentionOut(serializers.Serializer):
    retention_days = serializers.IntegerField(allow_null=True)
    effective_days = serializers.IntegerField(allow_null=True, help_text="Null: without end.")
    maximum_days = serializers.IntegerField(
        allow_null=True, help_text="What the plan allows; null: without end."
    )
    plan = serializers.CharField()


class KeyPolicyIn(serializers.Serializer):
    key_lifetime_days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_KEY_LIFE_DAYS, allow_null=True
    )


class KeyPolicyOut(serializers.Serializer):
    key_lifetime_days = serializers.IntegerField(
        allow_null=True, help_text="Null: keys may live without end."
    )
