"""The organization's own doors: its provider, its domains, its directory's credentials."""

from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import organization_scope
from promptguard.core.views import TenantView
from sso import diagnosis, selectors
from sso.models import Connection, Domain
from sso.providers import TEMPLATES
from sso.serializers import (
    ConnectionChanges,
    ConnectionIn,
    ConnectionOut,
    DiagnosisOut,
    DirectoryRequestOut,
    DirectoryTokenOut,
    DomainIn,
    DomainOut,
    NewDirectoryToken,
    TemplatesOut,
)
from sso.services import connections, credentials, domains
from sso.services.diagnoses import note_test


class ConnectionView(TenantView):
    """The organization's identity provider (`sso_config` of the guide); the secret is write-only."""

    permissions = {
        "GET": P.ORGANIZATION_WRITE,
        "PUT": P.ORGANIZATION_WRITE,
        "PATCH": P.ORGANIZATION_WRITE,
        "DELETE": P.ORGANIZATION_WRITE,
    }
    takes = {"PUT": ConnectionIn, "PATCH": ConnectionChanges}
    gives = {"GET": ConnectionOut, "PUT": ConnectionOut, "PATCH": ConnectionOut}

    def found(self) -> Connection:
        return self.one(selectors.connections(self.caller))

    def shown(self, connection: Connection) -> Response:
        return self.answer(connection, headers={"ETag": connection.etag})

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.shown(self.found())

    def put(self, request: Request, organization_id: UUID) -> Response:
        given = request.headers.get("If-Match", "")
        connections.put_connection(caller=self.caller, settings=self.body(), if_match=given)
        return self.shown(self.found())

    def patch(self, request: Request, organization_id: UUID) -> Response:
        connections.change_connection(
            caller=self.caller,
            connection=self.found(),
            changes=self.body(),
            if_match=request.headers.get("If-Match", ""),
        )
        return self.shown(self.found())

    def delete(self, request: Request, organization_id: UUID) -> Response:
        connections.remove_connection(caller=self.caller, connection=self.found())
        return self.answer()


class OutsideTransaction(TenantView, abstract=True):
    """A door that calls out: no transaction waits for somebody else's server."""

    def scope(self) -> AbstractContextManager[None]:
        return nullcontext()

    def inside(self) -> AbstractContextManager[None]:
        return organization_scope(self.caller.tenant)


class ConnectionTest(OutsideTransaction):
    """Try the provider step by step; each failure says what to change."""

    permissions = {"POST": P.ORGANIZATION_WRITE}
    gives = {"POST": DiagnosisOut}

    def post(self, request: Request, organization_id: UUID) -> Response:
        with self.inside():
            connection = self.one(selectors.connections(self.caller))
        steps = diagnosis.diagnose(connection)
        note_test(caller=self.caller, connection=connection, steps=steps)
        shown = {"ok": all(step.ok for step in steps), "steps": steps}
        return self.answer(shown | {"authorize_url": ConnectionOut().get_authorize_url(connection)})


class TemplateList(TenantView):
    """The providers that we know by name, and the form of their issuers."""

    permissions = {"GET": P.ORGANIZATION_READ}
    gives = {"GET": TemplatesOut}

    def get(self, request: Request) -> Response:
        return self.answer({"providers": TEMPLATES})


class DomainList(TenantView):
    """The organization's mail domains; claim another."""

    permissions = {"GET": P.ORGANIZATION_READ, "POST": P.ORGANIZATION_WRITE}
    takes = {"POST": DomainIn}
    gives = {"GET": DomainOut, "POST": DomainOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.domains(self.caller))

    def post(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(domains.claim_domain(caller=self.caller, **self.body()))


class DomainDetail(TenantView):
    permissions = {"GET": P.ORGANIZATION_READ, "DELETE": P.ORGANIZATION_WRITE}
    gives = {"GET": DomainOut}

    def found(self, domain_id: UUID) -> Domain:
        return self.one(selectors.domains(self.caller), id=domain_id)

    def get(self, request: Request, organization_id: UUID, domain_id: UUID) -> Response:
        return self.answer(self.found(domain_id))

    def delete(self, request: Request, organization_id: UUID, domain_id: UUID) -> Response:
        domains.remove_domain(caller=self.caller, domain=self.found(domain_id))
        return self.answer()


class DomainCheck(OutsideTransaction):
    """Look for the TXT record now."""

    permissions = {"POST": P.ORGANIZATION_WRITE}
    gives = {"POST": DomainOut}

    def post(self, request: Request, organization_id: UUID, domain_id: UUID) -> Response:
        with self.inside():
            domain = self.one(selectors.domains(self.caller), id=domain_id)
        return self.answer(domains.check_domain(caller=self.caller, domain=domain))


class DirectoryTokenList(TenantView):
    """The directory's bearer tokens. A new one lets the others run out within a day."""

    permissions = {"GET": P.ORGANIZATION_WRITE, "POST": P.ORGANIZATION_WRITE}
    gives = {"GET": DirectoryTokenOut, "POST": NewDirectoryToken}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.directory_tokens(self.caller))

    def post(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(credentials.create_token(caller=self.caller))


class DirectoryTokenDetail(TenantView):
    permissions = {"DELETE": P.ORGANIZATION_WRITE}

    def delete(self, request: Request, organization_id: UUID, token_id: UUID) -> Response:
        token = self.one(selectors.directory_tokens(self.caller), id=token_id)
        credentials.revoke_token(caller=self.caller, token=token)
        return self.answer()


class DirectoryRequestList(TenantView):
    """What the directory asked of us lately; people's values are masked."""

    permissions = {"GET": P.AUDIT_READ}
    gives = {"GET": DirectoryRequestOut}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.directory_requests(self.caller))
