"""Shapes of retention."""

from rest_framework import serializers

from compliance.retention.services import LONGEST_DAYS


class KindOut(serializers.Serializer):
    kind = serializers.CharField()
    meaning = serializers.CharField()
    days = serializers.IntegerField(allow_null=True, help_text="As chosen; null: nothing was.")
    effective_days = serializers.IntegerField(allow_null=True, help_text="Null: without end.")
    maximum_days = serializers.IntegerField(allow_null=True)
    is_settable = serializers.BooleanField()


class AuditRetentionOut(serializers.Serializer):
    retention_class = serializers.CharField(help_text="What events recorded from now on are kept in.")
    days = serializers.IntegerField(allow_null=True)
    locked_until = serializers.DateTimeField(allow_null=True, help_text="Until then it can only be extended.")
    classes = serializers.ListField(child=serializers.CharField())


class RetentionOut(serializers.Serializer):
    plan = serializers.CharField()
    compliance_mode = serializers.CharField()
    kinds = KindOut(many=True)
    audit_events = AuditRetentionOut()
    legal_holds = serializers.IntegerField(help_text="Holds in force, which keep what is past its time.")


class RetentionIn(serializers.Serializer):
    days = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, allow_null=True),
        required=False,
        help_text="Kind to days; null: as long as the installation keeps it.",
    )
    audit_class = serializers.CharField(max_length=10, required=False)
    audit_locked_until = serializers.DateTimeField(required=False, allow_null=True)


class PreviewRow(serializers.Serializer):
    kind = serializers.CharField()
    before = serializers.DateTimeField(allow_null=True, help_text="Rows from before then are due.")
    rows = serializers.IntegerField(help_text="What would go now.")
    held = serializers.IntegerField(help_text="What is due, and a legal hold keeps.")
    effect = serializers.ChoiceField(["deleted", "emptied"])


class PreviewOut(serializers.Serializer):
    kinds = PreviewRow(many=True)
