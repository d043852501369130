"""Shapes of access rules. Values become canonical here, by what they name."""

import re
from typing import Any

from rest_framework import serializers

from organizations.networks.serializers import CidrField
from promptguard.core.clientip import normalise
from promptguard.projects.access.models import AccessRule

COUNTRY = re.compile(r"[A-Za-z]{2}\Z")
# `cidr` is what some of the documentation calls it.
TARGETS = [*AccessRule.Target.values, "cidr"]


class AccessRuleIn(serializers.Serializer):
    list = serializers.ChoiceField(AccessRule.List.values)
    target_type = serializers.ChoiceField(TARGETS)
    value = serializers.CharField(
        max_length=255, help_text="Address, network, end user, or country (ISO 3166)."
    )
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    is_active = serializers.BooleanField(default=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["target_type"] == "cidr":
            attrs["target_type"] = AccessRule.Target.IP_CIDR.value
        return attrs | {"value": canonical_value(attrs["target_type"], attrs["value"])}


def canonical_value(target_type: str, value: str) -> str:
    """Raises ValidationError for a value of another kind."""
    match target_type:
        case AccessRule.Target.IP:
            if (address := normalise(value)) is None:
                raise serializers.ValidationError({"value": "Not an IP address."})
            return address
        case AccessRule.Target.IP_CIDR:
            try:
                return str(CidrField().run_validation(value))
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"value": error.detail}) from error
        case AccessRule.Target.COUNTRY:
            if not COUNTRY.match(value):
                raise serializers.ValidationError({"value": "Two letters, as in ISO 3166."})
            return value.upper()
    return value


class AccessRuleChanges(serializers.Serializer):
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)


class AccessRuleOut(serializers.ModelSerializer):
    project_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = AccessRule
        fields = ["id", "project_id", "list", "target_type", "value", "note", "is_active", "created_at"]
