"""Shapes of the compliance doors."""

from typing import Any

from rest_framework import serializers

from compliance.models import PrivacyRequest
from promptguard.core.shapes import ShownOnce


class Confirmation(serializers.Serializer):
    confirmation = serializers.CharField(max_length=100, trim_whitespace=False)


class EndUserName(serializers.Serializer):
    end_user = serializers.CharField(
        max_length=255, trim_whitespace=False, help_text="As applications send it."
    )


class EndUserConfirmation(EndUserName, Confirmation):
    pass


class RequestOut(serializers.ModelSerializer):
    status = serializers.CharField(source="state")
    status_url = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField(help_text="Rows done and rows planned.")
    certificate = serializers.CharField(help_text="A signed note, once the erasure is done.")

    class Meta:
        model = PrivacyRequest
        fields = [
            "id",
            "kind",
            "scope",
            "status",
            "status_url",
            "explanation",
            "progress",
            "counts",
            "created_at",
            "execute_after",
            "due_at",
            "finished_at",
            "expires_at",
            "certificate",
        ]

    def get_status_url(self, request: PrivacyRequest) -> str:
        return f"/dashboard/compliance/{request.page}/{request.id}"

    def get_progress(self, request: PrivacyRequest) -> dict[str, Any]:
        return {"done": request.processed, "total": request.total}


class DeletionOut(RequestOut):
    """`certificate_url` is in the answer that makes the request, and in no other: keep it."""

    certificate_url = ShownOnce()

    class Meta(RequestOut.Meta):
        fields = [*RequestOut.Meta.fields, "certificate_url"]


class DataExport(serializers.Serializer):
    """Everything about the caller (guide, "GDPR Compliance")."""

    schema_version = serializers.IntegerField()
    generated_at = serializers.DateTimeField()
    profile = serializers.DictField()
    organizations = serializers.ListField(child=serializers.DictField())
    projects = serializers.ListField(child=serializers.DictField())
    subscriptions = serializers.ListField(child=serializers.DictField())
    security_events = serializers.ListField(child=serializers.DictField())
    sessions = serializers.ListField(child=serializers.DictField())
    api_keys = serializers.ListField(child=serializers.DictField())
    article_15 = serializers.ListField(child=serializers.DictField())


class DownloadLink(serializers.Serializer):
    url = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")
