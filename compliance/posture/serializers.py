"""Shapes of the posture report."""

from rest_framework import serializers


class FindingOut(serializers.Serializer):
    id = serializers.CharField(help_text="Never changes.")
    title = serializers.CharField()
    status = serializers.ChoiceField(["pass", "fail", "unknown"])
    severity = serializers.ChoiceField(["critical", "high", "medium", "low"])
    about = serializers.ChoiceField(["installation", "organization"])
    detail = serializers.CharField(
        help_text="Empty for checks of the installation: its operators see what was found."
    )
    meaning = serializers.CharField()
    fix = serializers.CharField()
    references = serializers.ListField(child=serializers.CharField())


class SummaryOut(serializers.Serializer):
    passed = serializers.IntegerField(source="pass")
    failed = serializers.IntegerField(source="fail")
    unknown = serializers.IntegerField()


class PostureOut(serializers.Serializer):
    generated_at = serializers.DateTimeField()
    compliance_mode = serializers.CharField()
    summary = SummaryOut()
    checks = FindingOut(many=True)
