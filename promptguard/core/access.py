"""Who may come in: from which networks, and with which permission."""

from typing import Any

from django.dispatch import Signal
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from promptguard.core.caller import Caller
from promptguard.core.clientip import contains, networks
from promptguard.core.errors import DomainError, Forbidden, Unauthenticated


class OrganizationRequired(DomainError):
    code = "organization_required"
    message = "You belong to several organizations: say which one in the X-Organization-Id header."


class NetworkNotAllowed(Forbidden):
    code = "network_not_allowed"
    message = "Your network address is not on the allow-list."


# Sent with `caller` when an allow-list refuses; organizations.receivers writes it into the audit chain.
network_denied = Signal()
# Sent with `caller`, `permission` and `method` when somebody lacks a permission; audit.receivers writes it down.
permission_denied = Signal()


def require_allowed_network(caller: Caller) -> None:
    """Every allow-list has to contain the caller's address; an unknown address is in none.

    Raises NetworkNotAllowed.
    """
    if not all(contains(networks(cidrs), caller.origin.ip) for cidrs in caller.allow_lists):
        network_denied.send(sender=Caller, caller=caller)
        raise NetworkNotAllowed()


class DenyAll(BasePermission):
    """The global default: a view that is neither TenantView nor PublicView opens for nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class HasDeclaredPermission(BasePermission):
    """The caller holds the permission that the view declares for this verb. HEAD asks for GET's."""

    def has_permission(self, request: Request, view: Any) -> bool:
        verb = "GET" if request.method == "HEAD" else request.method
        if verb not in view.permissions:
            raise MethodNotAllowed(request.method or "")
        if not isinstance(request.user, Caller):
            raise Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
        if request.user.organization_id is None and view.needs_organization:
            raise OrganizationRequired()
        needed = view.permissions[verb]
        if not request.user.may(needed):
            permission_denied.send(
                sender=Caller, caller=request.user, permission=needed, method=request.method
            )
            raise Forbidden(required_permission=str(needed))
        return True


class Allow(BasePermission):
    """For PublicView, which says in words why it is open."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return True
