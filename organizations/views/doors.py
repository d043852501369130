"""What the doors of this room share."""

from contextlib import AbstractContextManager, nullcontext

from rest_framework.request import Request

from promptguard.core.caller import Origin
from promptguard.core.views import TenantView


class AccountView(TenantView, abstract=True):
    """A door about the person. No transaction around the handler: the record of a refusal must outlive it."""

    needs_organization = False

    def scope(self) -> AbstractContextManager[None]:
        return nullcontext()


def origin(request: Request) -> Origin:
    found: Origin = request._request.origin  # type: ignore[attr-defined]
    return found
