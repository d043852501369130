"""Shapes of endpoints, deliveries and event types."""

import re
from typing import Any

from rest_framework import serializers

from promptguard.webhooks.catalogue import is_subscribable
from promptguard.webhooks.models import EVERY_EVENT, Attempt, Delivery, Endpoint

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}\Z")
HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,1024}\Z")
# What the connection and the signature are made of.
RESERVED = re.compile(
    r"(webhook-|x-promptguard-|content-|proxy-|sec-)|(host|connection|transfer-encoding|te|trailer|upgrade"
    r"|expect|user-agent|keep-alive|cookie)\Z",
    re.IGNORECASE,
)


class HeadersField(serializers.DictField):
    child = serializers.CharField(max_length=1024)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        headers: dict[str, str] = super().to_internal_value(data)
        if len(headers) > 20:
            raise serializers.ValidationError("At most 20 headers.", code="too_many")
        for name, value in headers.items():
            if not HEADER_NAME.match(name) or RESERVED.match(name) or not HEADER_VALUE.match(value):
                raise serializers.ValidationError(
                    "A header has a reserved name or a value that cannot be sent."
                )
        return headers


class EndpointChanges(serializers.Serializer):
    url = serializers.CharField(max_length=2048, required=False)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    event_types = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=100,
        help_text="Types or `noun.*`; empty means every event.",
    )
    headers = HeadersField(required=False, allow_null=True, help_text="Sent along; never shown again.")
    is_enabled = serializers.BooleanField(required=False)

    def validate_event_types(self, patterns: list[str]) -> list[str]:
        if not all(each == EVERY_EVENT or is_subscribable(each) for each in patterns):
            raise serializers.ValidationError("There is no such event type.", code="unknown_event_type")
        return sorted(set(patterns))


class EndpointIn(EndpointChanges):
    url = serializers.CharField(max_length=2048)
    project_id = serializers.UUIDField(required=False, allow_null=True)


class EndpointOut(serializers.ModelSerializer):
    project_id = serializers.UUIDField(allow_null=True)
    header_count = serializers.SerializerMethodField()

    class Meta:
        model = Endpoint
        fields = [
            "id",
            "kind",
            "format",
            "url",
            "description",
            "project_id",
            "event_types",
            "header_count",
            "is_enabled",
            "disabled_reason",
            "failing_since",
            "consecutive_failures",
            "paused_until",
            "previous_secret_until",
            "created_at",
        ]

    def get_header_count(self, endpoint: Endpoint) -> int:
        from promptguard.webhooks.sending import custom_headers

        return len(custom_headers(endpoint))


class NewEndpoint(EndpointOut):
    """`secret` is in this answer and in no other."""

    secret = serializers.CharField(help_text="Signs every delivery. It is shown once.")

    class Meta(EndpointOut.Meta):
        fields = [*EndpointOut.Meta.fields, "secret"]

    def to_representation(self, created: Any) -> dict[str, Any]:
        endpoint, secret = created
        shown: dict[str, Any] = EndpointOut(endpoint).data
        return {**shown, "secret": secret}


class ProjectWebhookIn(serializers.Serializer):
    webhook_url = serializers.CharField(max_length=2048, required=False)
    webhook_enabled = serializers.BooleanField(required=False)


class ProjectWebhookOut(serializers.Serializer):
    webhook_url = serializers.CharField(source="url", allow_null=True)
    webhook_enabled = serializers.BooleanField(source="is_enabled")
    webhook_secret = serializers.CharField(required=False, help_text="Only when it was just made.")
    endpoint_id = serializers.UUIDField(source="id", allow_null=True)

    def to_representation(self, given: Any) -> dict[str, Any]:
        endpoint, secret = given
        shown: dict[str, Any] = {
            "webhook_url": endpoint.url if endpoint else None,
            "webhook_enabled": bool(endpoint and endpoint.is_enabled),
            "endpoint_id": str(endpoint.id) if endpoint else None,
        }
        return shown | ({"webhook_secret": secret} if secret else {})


class AttemptOut(serializers.ModelSerializer):
    class Meta:
        model = Attempt
        fields = ["number", "started_at", "duration_ms", "status_code", "outcome"]


class DeliveryOut(serializers.ModelSerializer):
    endpoint_id = serializers.UUIDField()
    webhook_id = serializers.CharField(source="message_id")

    class Meta:
        model = Delivery
        fields = [
            "id",
            "webhook_id",
            "endpoint_id",
            "event_id",
            "event_type",
            "status",
            "attempt_count",
            "due_at",
            "last_status_code",
            "last_outcome",
            "created_at",
            "delivered_at",
        ]


class DeliveryDetailOut(DeliveryOut):
    """With every attempt and the exact body that is signed."""

    attempts = AttemptOut(many=True)
    body = serializers.SerializerMethodField()

    class Meta(DeliveryOut.Meta):
        fields = [*DeliveryOut.Meta.fields, "attempts", "body"]

    def get_body(self, delivery: Delivery) -> str:
        return bytes(delivery.body).decode()


class DeliveryFilter(serializers.Serializer):
    endpoint_id = serializers.UUIDField(required=False)
    event_id = serializers.UUIDField(required=False)
    event_type = serializers.CharField(max_length=60, required=False)
    outcome = serializers.CharField(max_length=20, required=False)
    project_id = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(Delivery.Status.values, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class ReplayIn(serializers.Serializer):
    """Without limits: all that failed."""

    status = serializers.ChoiceField(Delivery.Status.values, default=Delivery.Status.FAILED)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class ReplayOut(serializers.Serializer):
    count = serializers.IntegerField(help_text="Deliveries that are on their way again.")


class EventTypeOut(serializers.Serializer):
    type = serializers.CharField()
    description = serializers.CharField()
    schema = serializers.JSONField(help_text="JSON Schema 2020-12 of the whole body.")
    example = serializers.JSONField()


class Catalogue(serializers.Serializer):
    results = EventTypeOut(many=True)
