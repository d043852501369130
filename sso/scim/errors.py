"""What went wrong, in SCIM's own words (RFC 7644, 3.12)."""

from typing import Any

from django.http import Http404
from pydantic import ValidationError
from scim2_models import Error
from scim2_models.exceptions import SCIMException

from promptguard.core.errors import DomainError, Invalid, NotFound, respond


def scim_error(exc: Exception, context: dict[str, Any]) -> Error | None:
    """None means an honest crash."""
    if isinstance(exc, SCIMException):
        return exc.to_error()
    if isinstance(exc, ValidationError):
        first = exc.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        kind = "invalidFilter" if first["loc"][:1] == ("filter",) else "invalidValue"
        if first["type"].startswith("scim_"):
            kind = first["type"].removeprefix("scim_")
        detail = f"{place}: {first['msg']}" if place else first["msg"]
        return Error(status=400, scim_type=kind, detail=detail[:300])
    if isinstance(exc, Http404):
        exc = NotFound()
    if not isinstance(exc, DomainError):
        answer = respond(exc, context)
        if answer is None:
            return None
        return Error(status=answer.status_code, detail=str(answer.data.get("detail", ""))[:300])
    kinds = {"uniqueness": "uniqueness", "owner_stays": "mutability"}
    kind = "invalidFilter" if isinstance(exc, Invalid) else kinds.get(exc.code, "")
    status = 400 if isinstance(exc, Invalid) else exc.status
    return Error(status=status, scim_type=kind or None, detail=exc.message)
