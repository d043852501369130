"""Fields that shapes of several rooms share."""

from typing import Any

from rest_framework import serializers


class ShownOnce(serializers.CharField):
    """A secret: in the first answer and in no other, so that a replay masks it (sso-design, section 4)."""


class ShownOnceList(serializers.ListField):
    """Several of them."""


def shown_once(shape: type[serializers.BaseSerializer[Any]] | None) -> list[str]:
    """The names of the secrets in `shape`."""
    fields = shape().fields if shape is not None and issubclass(shape, serializers.Serializer) else {}
    return [name for name, field in fields.items() if isinstance(field, ShownOnce | ShownOnceList)]
