"""Every model has its place, its wall and its privacy declaration."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from promptguard.core.database import tenant_column
from promptguard.core.privacy import declared
from promptguard.core.tenancy import TenantModel, UnscopedQuery
from tests.people import Tenant

# Models that belong to no organization, each with its reason.
GLOBAL = {
    "compliance.PostureResult": "what the checks found about the whole installation",
    "compliance.PrivacyRequest": "a request is a person's, spans organizations and outlives the account",
    "organizations.User": "a person may belong to several organizations",
    "organizations.Organization": "it is the tenant",
    "core.IdempotencyClaim": "a door outside any organization has claims too; its wall is scope_id",
    "core.Job": "some work is the platform's own; its wall is organization_id all the same",
    "organizations.AccountLink": "it proves a person's address, in whatever organization",
    "organizations.AuthSession": "a device session is a person's, not an organization's",
    "organizations.OutgoingMail": "mail about an account belongs to no organization; each row lives for seconds",
    "organizations.RecoveryCode": "a second factor is a person's",
    "organizations.SecondFactor": "a second factor is a person's",
}
FRAMEWORK = ("admin", "auth", "contenttypes", "sessions")
SPEAKING_FIELDS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.GenericIPAddressField,
    ArrayField,
)


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label not in FRAMEWORK]


def tenant_models() -> list[type[TenantModel]]:
    return [model for model in our_models() if issubclass(model, TenantModel)]


def test_every_model_is_placed() -> None:
    placed = {model._meta.label for model in tenant_models()} | set(GLOBAL)
    audit = {model._meta.label for model in our_models() if model._meta.app_label == "audit"}
    assert placed | audit == {model._meta.label for model in our_models()}
    assert not placed & audit


def test_every_tenant_table_has_row_level_security(db: None) -> None:
    tables = {model._meta.db_table for model in our_models() if tenant_column(model)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
            " WHERE c.relrowsecurity AND c.relforcerowsecurity"
        )
        walled = {row[0] for row in cursor.fetchall()}
    assert tables - walled == set()


def test_the_application_owns_nothing_and_bypasses_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("promptguard_app", False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_the_manager_is_strict(model: type[TenantModel]) -> None:
    for careless in ("all", "count", "first"):
        with pytest.raises(UnscopedQuery):
            getattr(model.objects, careless)()


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_without_a_scope_the_database_shows_nothing(model: type[TenantModel], acme: Tenant) -> None:
    assert list(model.all_tenants.all()) == []


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_the_key_to_the_organization_protects(model: type[TenantModel]) -> None:
    remote: Any = model._meta.get_field("organization").remote_field
    assert remote.on_delete is models.PROTECT


def test_every_model_is_declared_private() -> None:
    assert set(declared()) == {model._meta.label for model in our_models()}


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_every_speaking_column_is_declared(model: type[models.Model]) -> None:
    holding = declared()[model._meta.label]
    columns = {field.name for field in model._meta.concrete_fields}
    speaking = {
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, SPEAKING_FIELDS) and not field.primary_key
    }
    told = set(holding.personal) | set(holding.impersonal)
    assert speaking - told == set()
    assert told | set(holding.exported) - {"id"} <= columns | {f.attname for f in model._meta.concrete_fields}
    assert not set(holding.personal) & set(holding.impersonal)
    if holding.subject:
        assert holding.subject in {f.attname for f in model._meta.concrete_fields}
