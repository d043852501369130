"""OpenAPI 3.1 from what the doors declare: `takes`, `gives`, `permissions` and the docstring."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from promptguard.core.views import Door, TenantView


class DoorSchema(AutoSchema):
    view: Any

    def get_request_serializer(self) -> Any:
        return self.view.takes.get(self.method) if isinstance(self.view, Door) else None

    def get_response_serializers(self) -> Any:
        if not isinstance(self.view, Door):
            return None
        shape = self.view.gives.get(self.method)
        if self.view.lists and self.method == "GET":
            return {200: _page_of(shape)}
        return {self.view.statuses.get(self.method, 204 if shape is None else 200): shape}

    def get_tags(self) -> list[str]:
        return [type(self.view).__module__.removesuffix(".views").rpartition(".")[2]]

    def get_operation_id(self) -> str:
        return f"{type(self.view).__name__}_{self.method.lower()}"

    def get_summary(self) -> str:
        """The first sentence of the view's docstring; a verb of its own would say no more."""
        about = (type(self.view).__doc__ or "").strip().partition("\n")[0]
        return about.rstrip(".") or type(self.view).__name__

    def get_description(self) -> str:  # type: ignore[override]
        text = super().get_description()
        if isinstance(self.view, TenantView) and (needed := self.view.permissions.get(self.method)):
            return f"{text}\n\nNeeds permission `{needed}`.".strip()
        return text


def _page_of(shape: Any) -> Any:
    """A page of `shape`: the envelope of every list."""
    return inline_serializer(
        f"{shape.__name__}Page",
        {
            "results": shape(many=True),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
        },
    )
