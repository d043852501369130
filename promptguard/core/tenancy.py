"""Tenancy: two walls, so that forgetting one of them is not a leak.

First wall: `objects` refuses to be used without a caller. Second wall: PostgreSQL row-level security on
every tenant table, driven by a *transaction-local* setting that `organization_scope` opens; a session-level
setting would leak to the next borrower of a pooled connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.db import models, transaction

from promptguard.core.caller import Caller
from promptguard.core.identifiers import uuid7

ORGANIZATION_SETTING = "promptguard.organization_id"
ALL_ORGANIZATIONS_SETTING = "promptguard.all_organizations"

M = TypeVar("M", bound="TenantModel")


class UnscopedQuery(RuntimeError):
    """A tenant model was queried without saying for whom."""


class TenantManager(models.Manager[M]):
    """The only verbs are `for_caller` and `create_for`."""

    def get_queryset(self) -> models.QuerySet[M]:
        raise UnscopedQuery(
            f"{self.model.__name__}.objects: use for_caller(caller) or create_for(caller, ...)"
        )

    def for_caller(self, caller: Caller) -> models.QuerySet[M]:
        """Rows of the caller's organization, and of the caller's projects where it is confined to some."""
        rows = super().get_queryset().filter(organization_id=caller.tenant)
        if caller.projects is not None and self.model.project_field is not None:
            rows = rows.filter(**{f"{self.model.project_field}__in": caller.projects})
        return rows

    def create_for(self, caller: Caller, **fields: Any) -> M:
        row = self.model(organization_id=caller.tenant, **fields)
        row.save(force_insert=True)
        return row


class TenantModel(models.Model):
    """A row that belongs to exactly one organization.

    `project_field` names the lookup that leads to the project, for models below one: whoever is confined to
    single projects (a bound API key, a person with a grant) sees only those rows.
    """

    project_field: str | None = None

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+", editable=False
    )

    # Django's own machinery (admin, cascades, serializers) uses the first manager declared.
    all_tenants: ClassVar[models.Manager[Self]] = models.Manager()
    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True


@contextmanager
def organization_scope(organization_id: UUID, using: str = "default") -> Iterator[None]:
    """One transaction that sees, and may write, the rows of one organization only."""
    with _scope(using, str(organization_id), all_organizations=False):
        yield


@contextmanager
def platform_scope(using: str = "default") -> Iterator[None]:
    """One transaction that sees every organization: sign-in, operators, background sweeps."""
    with _scope(using, "", all_organizations=True):
        yield


@contextmanager
def _scope(using: str, organization_id: str, *, all_organizations: bool) -> Iterator[None]:
    connection = transaction.get_connection(using)
    is_nested = connection.in_atomic_block
    with transaction.atomic(using=using):
        with connection.cursor() as cursor:
            outer = _current(cursor) if is_nested else None
            _set(cursor, organization_id, "on" if all_organizations else "")
        yield
        # The end of the transaction forgets the setting, and a savepoint rolled back restores it; only a
        # clean exit into an enclosing scope has to give that scope its own values back.
        if outer is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                _set(cursor, *outer)


def _current(cursor: Any) -> tuple[str, str]:
    cursor.execute(
        "SELECT coalesce(current_setting(%s, true), ''), coalesce(current_setting(%s, true), '')",
        [ORGANIZATION_SETTING, ALL_ORGANIZATIONS_SETTING],
    )
    row: tuple[str, str] = cursor.fetchone()
    return row


def _set(cursor: Any, organization_id: str, all_organizations: str) -> None:
    cursor.execute(
        "SELECT set_config(%s, %s, true), set_config(%s, %s, true)",
        [ORGANIZATION_SETTING, organization_id, ALL_ORGANIZATIONS_SETTING, all_organizations],
    )


def row_security_statements(table: str, column: str = "organization_id") -> list[str]:
    """Idempotent SQL that puts the second wall around `table`. FORCE binds the table's owner as well."""
    visible = (
        f"{column} = NULLIF(current_setting('{ORGANIZATION_SETTING}', true), '')::uuid"
        f" OR current_setting('{ALL_ORGANIZATIONS_SETTING}', true) = 'on'"
    )
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'DROP POLICY IF EXISTS tenant ON "{table}"',
        f'CREATE POLICY tenant ON "{table}" USING ({visible}) WITH CHECK ({visible})',
    ]
