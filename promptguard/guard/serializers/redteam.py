"""Shapes of security testing (contract 1.7)."""

from rest_framework import serializers

from promptguard.guard.serializers.scanning import Text


class TestIn(serializers.Serializer):
    target_preset = serializers.CharField(max_length=100, required=False, default="default")
    custom_prompt = Text(required=False, allow_null=True)


class CustomTestIn(serializers.Serializer):
    target_preset = serializers.CharField(max_length=100, required=False, default="default")
    custom_prompt = Text()


class TestInfo(serializers.Serializer):
    name = serializers.CharField()
    category = serializers.CharField()
    description = serializers.CharField()
    expected_result = serializers.CharField()


class TestCatalogue(serializers.Serializer):
    total = serializers.IntegerField()
    tests = TestInfo(many=True)


class TestOut(serializers.Serializer):
    test_name = serializers.CharField()
    category = serializers.CharField()
    prompt = serializers.CharField()
    decision = serializers.ChoiceField(["block", "allow", "error"])
    reason = serializers.CharField()
    threat_type = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField()
    blocked = serializers.BooleanField()
    errored = serializers.BooleanField()
    passed = serializers.BooleanField()
    details = serializers.DictField()


class TestSummary(serializers.Serializer):
    total_tests = serializers.IntegerField()
    blocked = serializers.IntegerField()
    allowed = serializers.IntegerField()
    block_rate = serializers.FloatField(min_value=0, max_value=1)
    errored_count = serializers.IntegerField()
    report_version = serializers.IntegerField()
    grade = serializers.ChoiceField(["A", "B", "C", "D", "F"])
    false_positives = serializers.IntegerField()
    controls = serializers.IntegerField()
    results = TestOut(many=True)
