"""The operators' pages about limits; an override is the one thing they write here, through the service."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.decorators import action

from organizations.limits.models import Plane, RateLimitOverride
from organizations.limits.services import lift_rate_limit, override_rate_limit
from organizations.models import Organization
from promptguard.core.admin import OperatorAdmin
from promptguard.core.caller import Actor, ActorType, Caller, Via
from promptguard.core.errors import DomainError
from promptguard.core.tenancy import organization_scope


@admin.register(RateLimitOverride)
class RateLimitOverrideAdmin(OperatorAdmin):
    list_display = ("organization", "plane", "per_minute", "burst", "reason", "expires_at", "lifted_at")
    list_filter = ("plane",)
    search_fields = ("organization__slug", "reason")


class OverrideForm(forms.Form):
    plane = forms.ChoiceField(choices=Plane.choices, initial=Plane.DEVELOPER)
    per_minute = forms.IntegerField(min_value=1, required=False, help_text="Empty: back to the plan's limit.")
    burst = forms.IntegerField(min_value=1, required=False, help_text="Requests at once. Empty: per minute.")
    expires_at = forms.DateTimeField(required=False, help_text="UTC. Empty: until somebody changes it.")
    reason = forms.CharField(max_length=500, help_text="It goes into the audit log.")

    def apply(self, caller: Caller) -> None:
        """Raises DomainError."""
        asked: dict[str, Any] = dict(self.cleaned_data)
        if asked["per_minute"] is None:
            lift_rate_limit(caller=caller, plane=Plane(asked["plane"]), reason=asked["reason"])
        else:
            override_rate_limit(caller=caller, **asked)


class OverridesRateLimit:
    """The action on an organization's page."""

    actions_detail = ["override_rate_limit"]

    @action(description="Override the rate limit", url_path="override-rate-limit")
    def override_rate_limit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        organization = Organization.objects.get(id=object_id)
        form = OverrideForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and _applied(request, form, organization.id):
            messages.success(request, "The rate limit was changed.")
            return redirect("admin:organizations_organization_change", object_id)
        context = admin.site.each_context(request) | {
            "form": form,
            "title": f"Rate limit of {organization.name}",
            "organization": organization,
        }
        return TemplateResponse(request, "organizations/override_rate_limit.html", context)


def _applied(request: HttpRequest, form: OverrideForm, organization_id: UUID) -> bool:
    actor = Actor(ActorType.OPERATOR, UUID(str(request.user.pk)), Via.ADMIN)
    caller = Caller(organization_id, actor, origin=request.origin)  # type: ignore[attr-defined]
    try:
        with organization_scope(organization_id):
            form.apply(caller)
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    return True
