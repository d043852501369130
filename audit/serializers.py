"""Shapes of the audit doors."""

from typing import Any

from rest_framework import serializers

from audit.actions import Action, Outcome, Severity
from audit.formats import FORMATS


class EventFilters(serializers.Serializer[object]):
    action = serializers.ChoiceField(choices=[str(each) for each in Action], required=False)
    actor = serializers.CharField(max_length=64, required=False, help_text="A user, key or pseudonym")
    target = serializers.CharField(max_length=64, required=False)
    outcome = serializers.ChoiceField(choices=[str(each) for each in Outcome], required=False)
    severity = serializers.ChoiceField(choices=[str(each) for each in Severity], required=False)
    search = serializers.CharField(max_length=200, required=False)
    cursor = serializers.CharField(max_length=30, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's, so it cannot be an attribute."""
        times = {"from": "since", "to": "until"}
        return super().get_fields() | {
            name: serializers.DateTimeField(required=False, source=source) for name, source in times.items()
        }


class PartyOut(serializers.Serializer[object]):
    type = serializers.CharField()
    ref = serializers.CharField(help_text="A person's pseudonym, or the id of anything else")
    user_id = serializers.UUIDField(allow_null=True)


class PersonalOut(serializers.Serializer[object]):
    user_id = serializers.UUIDField()
    values = serializers.DictField()


class EventOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["accepted", "sealed"])
    epoch = serializers.IntegerField(allow_null=True)
    seq = serializers.IntegerField(allow_null=True)
    action = serializers.CharField()
    message = serializers.CharField()
    actor = PartyOut()
    targets = PartyOut(many=True)
    outcome = serializers.CharField()
    severity = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    sealed_at = serializers.DateTimeField(allow_null=True)
    request_id = serializers.CharField()
    changes = serializers.DictField()
    personal = PersonalOut(many=True)
    integrity_hash = serializers.CharField()
    hash = serializers.CharField(allow_null=True)


class ProofOut(serializers.Serializer[object]):
    event = serializers.CharField(help_text="The canonical bytes")
    integrity_hash = serializers.CharField()
    epoch = serializers.IntegerField()
    seq = serializers.IntegerField()
    sealed_at = serializers.DateTimeField()
    previous = serializers.CharField()
    hash = serializers.CharField()
    index = serializers.IntegerField()
    size = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())
    checkpoint = serializers.CharField()


class GlobalProofOut(serializers.Serializer[object]):
    index = serializers.IntegerField()
    size = serializers.IntegerField()
    salt = serializers.CharField()
    leaf = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()


class CheckpointOut(serializers.Serializer[object]):
    epoch = serializers.IntegerField()
    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    note = serializers.CharField(help_text="A C2SP signed note: keep it, and nobody can rewrite what it covers")
    sealed_at = serializers.DateTimeField()
    keys = serializers.ListField(child=serializers.CharField())
    log = GlobalProofOut(allow_null=True)


class ConsistencyQuery(serializers.Serializer[object]):
    epoch = serializers.IntegerField(min_value=1, max_value=32_767, required=False, default=None)
    to = serializers.IntegerField(min_value=1, required=False, default=None)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": serializers.IntegerField(min_value=1, default=1)}


class ConsistencyOut(serializers.Serializer[object]):
    epoch = serializers.IntegerField()
    from_size = serializers.IntegerField()
    to_size = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())


class FindingOut(serializers.Serializer[object]):
    code = serializers.CharField()
    epoch = serializers.IntegerField()
    message = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        ends = {name: serializers.IntegerField() for name in ("from", "to")}
        return super().get_fields() | ends


class HeadOut(serializers.Serializer[object]):
    epoch = serializers.IntegerField()
    seq = serializers.IntegerField()
    hash = serializers.CharField()


class VerdictOut(serializers.Serializer[object]):
    organization = serializers.UUIDField()
    exit = serializers.IntegerField(help_text="0 clean, 1 tampering, 2 not everything checked, 3 declared loss")
    heads = HeadOut(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    findings = FindingOut(many=True)


class ExportIn(serializers.Serializer[object]):
    format = serializers.ChoiceField(choices=["bundle", *FORMATS], default="bundle")
    epoch = serializers.IntegerField(min_value=0, default=0)
    after = serializers.IntegerField(min_value=0, default=0, help_text="The last seq that you have")
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)
