"""The three answers to "may I come in?": never, with the declared permission, and always."""

from typing import Any

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from promptguard.core.caller import Caller
from promptguard.core.errors import DomainError, Forbidden, Unauthenticated


class OrganizationRequired(DomainError):
    code = "organization_required"
    message = "You belong to several organizations: say which one in the X-Organization-Id header."


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
        if not request.user.may(view.permissions[verb]):
            raise Forbidden(required_permission=str(view.permissions[verb]))
        return True


class Allow(BasePermission):
    """For PublicView, which says in words why it is open."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return True
