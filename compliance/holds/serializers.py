"""Shapes of holds."""

from typing import Any

from rest_framework import serializers

from audit.models import LegalHold

LONGEST_REASON = 500


class HoldIn(serializers.Serializer):
    reason = serializers.CharField(
        max_length=LONGEST_REASON, help_text="A case number, say; no names, please: it outlives them."
    )
    user_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="One person; left out: everything of the organization."
    )
    end_user = serializers.CharField(
        max_length=255,
        required=False,
        allow_null=True,
        help_text="One end user, by the label that applications send. They need not be known yet.",
    )
    since = serializers.DateTimeField(required=False, allow_null=True, help_text="Keep what is not older.")
    until = serializers.DateTimeField(required=False, allow_null=True, help_text="Keep what is older.")
    ends_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="When to decide on a release. The hold stays in force until it is released.",
    )


class HoldFilters(serializers.Serializer):
    status = serializers.ChoiceField(["all", "in_force", "released"], default="all")


class ReleaseIn(serializers.Serializer):
    reason = serializers.CharField(max_length=LONGEST_REASON)


class HoldOut(serializers.ModelSerializer):
    status = serializers.SerializerMethodField()
    user_id = serializers.SerializerMethodField(help_text="Null, like `end_user`: it is about everything.")
    end_user = serializers.SerializerMethodField(
        help_text="The label of the end user it is about; null after the release."
    )
    since = serializers.SerializerMethodField()
    until = serializers.SerializerMethodField()

    class Meta:
        model = LegalHold
        fields = [
            "id",
            "status",
            "reason",
            "user_id",
            "end_user",
            "since",
            "until",
            "placed_by",
            "placed_at",
            "ends_at",
            "released_at",
        ]

    def get_status(self, hold: LegalHold) -> str:
        return "released" if hold.released_at else "in_force"

    def get_user_id(self, hold: Any) -> str | None:
        found = getattr(hold, "user_id", None)
        return str(found) if found and not self.get_end_user(hold) else None

    def get_end_user(self, hold: Any) -> str | None:
        label: str | None = getattr(hold, "end_user", None)
        return label

    def get_since(self, hold: LegalHold) -> str | None:
        since: str | None = hold.scope.get("from")
        return since

    def get_until(self, hold: LegalHold) -> str | None:
        until: str | None = hold.scope.get("to")
        return until
