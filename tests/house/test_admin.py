"""The operators' console: every model has a page, every page opens, none of them writes."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import CompositePrimaryKey
from django.test import Client
from django.urls import reverse

from organizations import accounts, mailing
from organizations.models import User
from promptguard.core.admin import OperatorAdmin
from tests.people import ORIGIN, PASSWORD, Tenant
from tests.surface import (
    a_canary,
    a_delivery,
    a_feedback,
    a_grant,
    a_network,
    a_policy_version,
    a_role,
    a_rule,
    a_suppression,
    a_token,
    a_tool_call,
    a_tool_profile,
    an_access_token,
    an_agent,
    an_invitation,
    an_override,
    with_an_offer,
)

# What `acme` and `globex` fill; an empty page there means that the console lost its scope.
ROOMS_WITH_ROWS = ("organizations", "projects", "guard")
FRAMEWORK = ("admin", "auth", "contenttypes", "sessions")


def fill_guard(tenant: Tenant) -> None:
    for make in (
        a_suppression,
        a_canary,
        a_policy_version,
        a_feedback,
        an_agent,
        a_tool_call,
        a_tool_profile,
        a_token,
    ):
        make(tenant)


def fill_organizations(tenant: Tenant) -> None:
    """A row on each page of that room."""
    for grow in (a_grant, a_role, an_access_token, with_an_offer):
        grow(tenant)
    accounts.request_password_reset(origin=ORIGIN, email=tenant.owner.user.email)
    mailing.send_due_mail()
    an_invitation(tenant)
    tenant.owner.switch_second_factor_on()


@pytest.fixture
def operator(db: None) -> Client:
    user = User.objects.create_superuser("operator@promptguard.example", PASSWORD)
    client = Client()
    client.force_login(user)
    return client


def test_every_model_has_a_page() -> None:
    """Django's admin cannot address a row with a composite key; `verify_audit_chain` shows those tables."""
    ours = {
        model
        for model in apps.get_models()
        if model._meta.app_label not in FRAMEWORK and not isinstance(model._meta.pk, CompositePrimaryKey)
    }
    assert {model for model in admin.site._registry if model._meta.app_label not in FRAMEWORK} == ours
    assert all(isinstance(admin.site._registry[model], OperatorAdmin) for model in ours)


def test_every_admin_page_opens(operator: Client, acme: Tenant, globex: Tenant) -> None:
    for tenant in (acme, globex):
        an_invitation(tenant)
        a_network(tenant)
        a_rule(tenant)
        an_override(tenant)
        fill_guard(tenant)
        a_delivery(tenant)
        fill_organizations(tenant)
    assert operator.get(reverse("admin:index")).status_code == 200
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        page = operator.get(reverse(f"{name}_changelist"))
        assert page.status_code == 200, name
        assert operator.get(reverse(f"{name}_changelist"), {"q": "acme"}).status_code == 200, name
        if model._meta.app_label in ROOMS_WITH_ROWS:
            assert (page.context_data or {})["cl"].result_count, f"{name}: operators see nothing"
        if rows := (page.context_data or {})["cl"].result_list:
            detail = operator.get(reverse(f"{name}_change", args=[rows[0].pk]))
            assert detail.status_code == 200, name
            assert operator.post(reverse(f"{name}_delete", args=[rows[0].pk])).status_code == 403, name
        assert operator.get(reverse(f"{name}_add")).status_code == 403, name


def test_operators_see_every_tenant_but_no_secret(operator: Client, acme: Tenant, globex: Tenant) -> None:
    keys = operator.get(reverse("admin:projects_apikey_changelist")).content.decode()
    assert acme.api_key.prefix in keys
    assert globex.api_key.prefix in keys
    page = operator.get(reverse("admin:projects_apikey_change", args=[acme.api_key.id])).content.decode()
    assert acme.key_text not in page
    assert "secret_hash" not in page


def test_people_who_are_not_operators_stay_outside(acme: Tenant) -> None:
    client = Client()
    client.force_login(acme.olivia.user)
    response = client.get(reverse("admin:index"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("admin:login"))
