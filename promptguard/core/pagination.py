"""Cursor pagination: `limit` and `page_size` are the same thing, 1 to 1000 (dashboard API)."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.errors import Invalid

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 1000


class Cursor(CursorPagination):
    """Newest first by time-ordered id. A malformed limit or cursor is an error, not the first page."""

    ordering = "-id"
    cursor_query_param = "cursor"
    # What a position is made of; a list that is ordered by something else says so.
    position_type: ClassVar[type] = UUID

    def get_page_size(self, request: Request) -> int:
        text = (
            request.query_params.get("limit") or request.query_params.get("page_size") or str(DEFAULT_LIMIT)
        )
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= LARGEST_LIMIT:
            raise Invalid(
                [{"loc": ["query", "limit"], "msg": "Must be a number from 1 to 1000.", "type": "range"}]
            )
        return int(text)

    def decode_cursor(self, request: Request) -> Any:
        """Raises Invalid for a cursor that we did not make."""
        if self.cursor_query_param not in request.query_params:
            return None
        try:
            cursor: Any = super().decode_cursor(request)
            self.position_type(cursor.position)
        except (NotFound, ValueError, TypeError, AttributeError) as error:
            found = {"loc": ["query", "cursor"], "msg": "Is not a cursor of this list.", "type": "cursor"}
            raise Invalid([found]) from error
        return cursor

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})
