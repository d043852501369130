"""The second wall: what PostgreSQL shows depends on the transaction's scope, and on nothing else."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.projects.models import Project
from tests.people import Tenant


def visible() -> set[str]:
    return {str(project.organization_id) for project in Project.all_tenants.all()}


def test_a_scope_shows_one_organization_and_its_end_shows_none(acme: Tenant, globex: Tenant) -> None:
    own, theirs = str(acme.organization.id), str(globex.organization.id)
    with organization_scope(acme.organization.id):
        assert visible() == {own}
        with platform_scope():
            assert visible() == {own, theirs}
        assert visible() == {own}
        with organization_scope(globex.organization.id):
            assert visible() == {theirs}
        assert visible() == {own}
    assert visible() == set()


def test_a_scope_that_fails_gives_the_outer_one_back(acme: Tenant, globex: Tenant) -> None:
    with organization_scope(acme.organization.id):
        with pytest.raises(ArithmeticError), platform_scope():
            raise ArithmeticError
        assert visible() == {str(acme.organization.id)}


def test_writing_into_another_organization_is_refused_by_the_database(acme: Tenant, globex: Tenant) -> None:
    with organization_scope(acme.organization.id), pytest.raises(ProgrammingError), transaction.atomic():
        Project(organization=globex.organization, name="smuggled").save(force_insert=True)


def test_a_pooled_connection_remembers_nothing(live_database: str) -> None:
    from tests.people import found_acme

    acme = found_acme()
    with organization_scope(acme.organization.id):
        assert visible()
    assert visible() == set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('promptguard.organization_id', true)")
        assert cursor.fetchone()[0] in {None, ""}
