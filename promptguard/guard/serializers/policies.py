"""Shapes of policies: guardrails, versions, the project's own rules, suppressions (contract 1.8 and 4)."""

import re
from typing import Any

from rest_framework import serializers

from promptguard.core.jobs.models import Job
from promptguard.core.shapes import ShownOnce
from promptguard.guard.models import CanaryToken, PolicyVersion, Suppression
from promptguard.guard.rules import ACTIONS, CONDITIONS, PII_TYPES, POLICY_TYPES
from promptguard.projects.vocabulary import STRICTNESS_LEVELS, USE_CASES

LONGEST_VALUE, MOST_RULES, LONGEST_PROMPT = 4000, 50, 100_000
NEEDS_NO_VALUE = ("contains_pii", "prompt_injection")
REDACTABLE = ("contains_text", "contains_text_any", "contains_pii", "regex", "entity", "url_domain")
# Nothing that ordinary text contains, and nothing that the readings of a text would change.
CANARY = re.compile(r"\A[A-Za-z0-9._-]{12,100}\Z")
SHA256 = re.compile(r"\A[0-9a-f]{64}\Z")


class GuardrailsIn(serializers.Serializer):
    guardrails = serializers.DictField(help_text="Guardrail → settings. What is left out follows the preset.")


class GuardrailsOut(serializers.Serializer):
    guardrails = serializers.DictField()


class RuleIn(serializers.Serializer):
    condition = serializers.ChoiceField(CONDITIONS)
    value = serializers.CharField(max_length=LONGEST_VALUE, required=False, allow_blank=True, default="")
    action = serializers.ChoiceField(ACTIONS, default="block")

    def validate(self, rule: dict[str, Any]) -> dict[str, Any]:
        condition, value = rule["condition"], rule["value"].strip()
        if condition not in NEEDS_NO_VALUE and not value.strip("| "):
            raise serializers.ValidationError({"value": "Needs something to look for."})
        if condition == "contains_pii" and not set(filter(None, value.split("|"))) <= set(PII_TYPES):
            raise serializers.ValidationError({"value": "Is not a type of personal data."})
        if condition == "requests_per_minute" and not (value.isdigit() and 0 < int(value[:7]) <= 1_000_000):
            raise serializers.ValidationError({"value": "Needs a number from 1 to 1000000."})
        if rule["action"] == "redact" and condition not in REDACTABLE:
            raise serializers.ValidationError(
                {"action": "Only what has a place in the text can be redacted."}
            )
        return rule | {"value": value}


class PolicyIn(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    description = serializers.CharField(
        max_length=500, required=False, allow_blank=True, allow_null=True, default=""
    )
    policy_type = serializers.ChoiceField(POLICY_TYPES, default="custom")
    is_active = serializers.BooleanField(default=True)
    priority = serializers.IntegerField(min_value=0, max_value=10_000, default=100)
    rules = RuleIn(many=True, allow_empty=False)

    def validate_rules(self, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rules) > MOST_RULES:
            raise serializers.ValidationError(f"At most {MOST_RULES} rules.")
        return [dict(rule) for rule in rules]

    def validate(self, policy: dict[str, Any]) -> dict[str, Any]:
        limits = [rule["condition"] == "requests_per_minute" for rule in policy["rules"]]
        if any(limits) != (policy["policy_type"] == "rate_limit") or any(limits) != all(limits):
            message = "requests_per_minute belongs into rate_limit policies, and nothing else does."
            raise serializers.ValidationError({"rules": message})
        return policy | {"description": policy["description"] or ""}


class PolicyOut(serializers.Serializer):
    """One policy of the project's own, as it was given."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    policy_type = serializers.CharField()
    is_active = serializers.BooleanField()
    priority = serializers.IntegerField()
    rules = RuleIn(many=True)


class EnforcedPolicy(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    action = serializers.CharField()
    threat_types = serializers.ListField(child=serializers.CharField())
    priority = serializers.IntegerField()


class EnforcedPolicies(serializers.Serializer):
    """What is enforced, flattened: the guardrails that are on, and the project's own rules."""

    policies = EnforcedPolicy(many=True)
    total = serializers.IntegerField()


class VersionIn(serializers.Serializer):
    guardrails = serializers.DictField(required=False)
    rules = PolicyIn(many=True, required=False)
    use_case = serializers.ChoiceField(USE_CASES, required=False)
    strictness_level = serializers.ChoiceField(STRICTNESS_LEVELS, required=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class VersionOut(serializers.ModelSerializer):
    is_active = serializers.SerializerMethodField()

    class Meta:
        model = PolicyVersion
        fields = [
            "id",
            "number",
            "based_on",
            "is_active",
            "use_case",
            "strictness_level",
            "guardrails",
            "rules",
            "note",
            "fingerprint",
            "author_id",
            "created_at",
        ]

    def get_is_active(self, version: PolicyVersion) -> bool:
        return version.project.policy_number == version.number


class Change(serializers.Serializer):
    path = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class VersionDiff(serializers.Serializer):
    changes = Change(many=True)


class DiffQuery(serializers.Serializer):
    against = serializers.IntegerField(min_value=0, required=False)


class Activated(serializers.Serializer):
    """The version that decides now, and the policy version that decisions will carry."""

    number = serializers.IntegerField()
    policy_version = serializers.CharField()


class DryRunIn(serializers.Serializer):
    days = serializers.IntegerField(min_value=1, max_value=90, default=7)


class DryRunProgress(serializers.Serializer):
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)


class DryRunReport(serializers.Serializer):
    version = serializers.IntegerField()
    active_version = serializers.IntegerField()
    interactions = serializers.IntegerField()
    considered = serializers.IntegerField()
    re_evaluated = serializers.IntegerField()
    not_stored = serializers.IntegerField()
    complete = serializers.BooleanField()
    stopped_by = serializers.ChoiceField(["rows", "time"], allow_null=True)
    seconds = serializers.FloatField()
    changed = serializers.IntegerField()
    transitions = serializers.ListField(child=serializers.DictField())
    by_rule = serializers.ListField(child=serializers.DictField())
    examples = serializers.ListField(child=serializers.DictField())
    caveat = serializers.CharField()


class DryRunOut(serializers.Serializer):
    job_id = serializers.UUIDField()
    status = serializers.ChoiceField(Job.Status.choices)
    progress = DryRunProgress()
    report = DryRunReport(allow_null=True)


class SuppressionIn(serializers.Serializer):
    detector = serializers.CharField(max_length=60)
    rule_id = serializers.CharField(max_length=120)
    match_sha256 = serializers.RegexField(SHA256, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=500)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class SuppressionOut(serializers.ModelSerializer):
    class Meta:
        model = Suppression
        fields = [
            "id",
            "detector",
            "rule_id",
            "match_sha256",
            "reason",
            "expires_at",
            "created_by_id",
            "created_at",
        ]


class CanaryIn(serializers.Serializer):
    name = serializers.CharField(
        max_length=100, help_text="What findings call it; the token itself is never shown."
    )
    token = serializers.RegexField(
        CANARY,
        required=False,
        allow_null=True,
        default=None,
        help_text="A word of your own, 12 to 100 letters, digits and `._-`. Left out: a random one.",
    )
    prompt = serializers.CharField(
        max_length=LONGEST_PROMPT,
        required=False,
        allow_null=True,
        default=None,
        trim_whitespace=False,
        help_text="A prompt to put the token into. It is answered, not stored.",
    )


class CanaryOut(serializers.ModelSerializer):
    class Meta:
        model = CanaryToken
        fields = ["id", "name", "created_by_id", "created_at"]


class PlantedOut(serializers.Serializer):
    """A new canary. Token and prompt are in this answer and in no other."""

    id = serializers.UUIDField(source="canary.id")
    name = serializers.CharField(source="canary.name")
    created_at = serializers.DateTimeField(source="canary.created_at")
    token = ShownOnce()
    prompt = ShownOnce(allow_null=True)
