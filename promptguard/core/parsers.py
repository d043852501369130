"""Bodies of requests: JSON, and an answer to whatever only looks like it."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedParser(JSONParser):
    """JSON whose nesting ends: 100 kB of opening brackets are malformed, not a crash."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON is nested too deeply.") from error
