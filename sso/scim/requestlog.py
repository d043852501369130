"""What the directory asked, so that an administrator finds out why somebody was not synchronised."""

from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import RawPostDataException

from promptguard.core.caller import Caller
from sso.models import DirectoryRequest

# What is kept of a body: its shape, and values that say what was to happen rather than to whom.
TELLING = {"op", "path", "active", "schemas", "type", "primary"}
MASKED = "***"
LONGEST_OUTLINE = 2000
DEEPEST, LONGEST_LIST = 6, 20


def note_request(caller: Caller, request: HttpRequest, status: int) -> None:
    DirectoryRequest.objects.create_for(
        caller,
        verb=(request.method or "")[:10],
        path=request.path.partition("/scim/v2/")[2].partition("/")[2][:300],
        status=status,
        outline=outline_of(body_of(request))[:LONGEST_OUTLINE],
    )


def body_of(request: HttpRequest) -> bytes:
    """What was sent, as far as it is still there: a body that was refused unread is not read for the log."""
    try:
        return request.body
    except (RawPostDataException, RequestDataTooBig):
        return b""


def outline_of(body: bytes) -> str:
    """The body with every value about a person replaced."""
    if not body:
        return ""
    try:
        return orjson.dumps(masked(orjson.loads(body), "", 0)).decode()
    except orjson.JSONDecodeError:
        return "(not JSON)"


def masked(value: Any, key: str, depth: int) -> Any:
    if depth > DEEPEST:
        return MASKED
    if isinstance(value, dict):
        return {str(name)[:60]: masked(each, str(name).lower(), depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [masked(each, key, depth + 1) for each in value[:LONGEST_LIST]]
    if isinstance(value, str) and (key not in TELLING or "@" in value or '"' in value):
        return MASKED
    return value
