"""Shapes of the evidence package."""

from rest_framework import serializers


class EvidenceQuery(serializers.Serializer):
    format = serializers.ChoiceField(["json", "pdf"], default="json")
    since = serializers.DateTimeField(required=False, help_text="Default: 90 days before `until`.")
    until = serializers.DateTimeField(required=False, help_text="Default: now.")


class EvidenceOut(serializers.Serializer):
    document = serializers.DictField(help_text="Organization, configuration, access, keys, audit, changes, …")
    sha256 = serializers.CharField(help_text="Of the document's canonical form (RFC 8785).")
    signature = serializers.CharField(
        allow_blank=True, help_text="A note over that, signed like checkpoints (Ed25519)."
    )
