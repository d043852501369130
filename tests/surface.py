"""★ Every door of the house: one row for each route and verb. Double-entry book-keeping: the views declare
their permissions, this table declares them again, and `tests/house/test_doors.py` compares both ways.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from audit.actions import Action as A
from organizations import services as organization_services
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from tests.people import PASSWORD, Tenant

Arguments = Callable[[Tenant], dict[str, Any]]


def nothing(tenant: Tenant) -> dict[str, Any]:
    return {}


def organization(tenant: Tenant) -> dict[str, Any]:
    return {"organization_id": tenant.organization.id}


def project(tenant: Tenant) -> dict[str, Any]:
    return {"project_id": tenant.project.id}


def key(tenant: Tenant) -> dict[str, Any]:
    return {"key_id": tenant.api_key.id}


def interaction(tenant: Tenant) -> dict[str, Any]:
    return {"interaction_id": an_interaction(tenant)}


@dataclass(frozen=True)
class Door:
    """`needs` is None for a public door; `audits` is exactly what a success appends to the chain.

    `path` gives the URL's arguments for a tenant, `body` a body that succeeds, `grow` adds one row to a list.
    `foreign` are the body's keys that name an object of the tenant: with another tenant's id they are 404.
    """

    name: str
    verb: str
    needs: P | None
    status: int = 200
    audits: A | None = None
    path: Arguments = nothing
    body: Arguments | None = None
    grow: Callable[[Tenant], Any] | None = None
    foreign: Arguments | None = None

    def __str__(self) -> str:
        return f"{self.verb} {self.name}"


def an_interaction(tenant: Tenant) -> Any:
    from promptguard.guard.engine import Content, Direction, Message
    from promptguard.guard.services import Attribution, screen

    with organization_scope(tenant.organization.id):
        message = Message("user", f"What are the opening hours of {tenant.organization.name}?")
        return screen(
            caller=tenant.key_caller,
            project=tenant.project,
            content=Content(messages=(message,), direction=Direction.INPUT),
            attribution=Attribution("guard", end_user=f"user-of-{tenant.organization.slug}"),
        ).interaction.id


def a_project(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        count = len(tenant.objects)
        made = project_services.create_project(caller=tenant.owner.caller, name=f"Project {count}")
        tenant.objects[made.name] = made.id
        return made.id


def a_key(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        caller = tenant.owner.caller
        return project_services.create_api_key(caller=caller, name="Another", project=tenant.project)[0].id


def an_invitation(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        address = f"guest-{len(tenant.objects)}@{tenant.organization.slug}.example"
        made, _ = organization_services.invite(caller=tenant.owner.caller, email=address, role="viewer")
        tenant.objects[address] = made.id
        return made.id


def slug(tenant: Tenant) -> dict[str, Any]:
    return {"slug": tenant.organization.slug}


def a_connection(tenant: Tenant) -> Any:
    """An identity provider on an address that nobody may call."""
    from sso.models import Connection

    caller, domains = tenant.owner.caller, [f"{tenant.organization.slug}.example"]
    with organization_scope(tenant.organization.id):
        found = Connection.objects.for_caller(caller).first()
        settings = {"issuer": "https://127.0.0.1", "client_id": "c", "allowed_domains": domains}
        return (found or Connection.objects.create_for(caller, **settings)).id


def connected(tenant: Tenant) -> dict[str, Any]:
    a_connection(tenant)
    return organization(tenant)


def a_domain(tenant: Tenant) -> Any:
    from sso.models import Domain

    with organization_scope(tenant.organization.id):
        name = f"d{len(tenant.objects)}.{tenant.organization.slug}.example"
        tenant.objects[name] = Domain.objects.create_for(tenant.owner.caller, name=name, proof="proof").id
        return tenant.objects[name]


def domain(tenant: Tenant) -> dict[str, Any]:
    return organization(tenant) | {"domain_id": a_domain(tenant)}


def a_directory_token(tenant: Tenant) -> Any:
    from sso.models import DirectoryToken

    with organization_scope(tenant.organization.id):
        known = {
            "token_hash": os.urandom(32),
            "prefix": "pgd_",
            "expires_at": timezone.now() + DirectoryToken.LIFETIME,
        }
        return DirectoryToken.objects.create_for(tenant.owner.caller, **known).id


def a_directory_request(tenant: Tenant) -> Any:
    from sso.models import DirectoryRequest

    with organization_scope(tenant.organization.id):
        asked = {"verb": "GET", "path": f"/Users?of={tenant.organization.slug}", "status": 200}
        return DirectoryRequest.objects.create_for(tenant.owner.caller, **asked).id


def sign_in_body(tenant: Tenant) -> dict[str, Any]:
    return {"email": tenant.owner.user.email, "password": PASSWORD}


def text(tenant: Tenant) -> dict[str, Any]:
    return {"content": "What is the weather like today?"}


PLATFORM = [
    Door("health", "GET", None),
    Door("health-live", "GET", None),
    Door("health-ready", "GET", None),
    Door("metrics", "GET", None),
    Door("openapi", "GET", None),
    Door("api-docs", "GET", None),
    Door("api-root", "GET", None),
    Door("proxy-root", "GET", None),
]

DASHBOARD = [
    Door(
        "auth-signup",
        "POST",
        None,
        201,
        A.USER_CREATED,
        body=lambda tenant: {"email": "new@nowhere.example", "password": PASSWORD, "name": "New"},
    ),
    Door("auth-login", "POST", None, 200, A.AUTHENTICATION_SIGNED_IN, body=sign_in_body),
    Door("auth-refresh", "POST", None, 401, body=lambda tenant: {"refresh_token": "pgr_forged"}),
    Door("auth-logout", "POST", P.ACCOUNT_MANAGE, 204, A.AUTHENTICATION_SIGNED_OUT),
    Door("auth-me", "GET", P.ACCOUNT_MANAGE),
    Door("organization-list", "GET", P.ACCOUNT_MANAGE),
    Door(
        "organization-list",
        "POST",
        P.ACCOUNT_MANAGE,
        201,
        A.ORGANIZATION_CREATED,
        body=lambda tenant: {"name": "Initech", "slug": "initech"},
    ),
    Door("organization-detail", "GET", P.ORGANIZATION_READ, path=organization),
    Door(
        "organization-detail",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.ORGANIZATION_UPDATED,
        path=organization,
        body=lambda tenant: {"name": "Renamed"},
    ),
    Door("member-list", "GET", P.MEMBER_READ, path=organization),
    Door("invitation-list", "GET", P.INVITATION_READ, path=organization, grow=an_invitation),
    Door(
        "invitation-list",
        "POST",
        P.INVITATION_WRITE,
        201,
        A.INVITATION_CREATED,
        path=organization,
        body=lambda tenant: {"email": "colleague@acme.example", "role": "viewer"},
    ),
    Door("project-list", "GET", P.PROJECT_READ, grow=a_project),
    Door(
        "project-list",
        "POST",
        P.PROJECT_WRITE,
        201,
        A.PROJECT_CREATED,
        body=lambda tenant: {"name": "Staging"},
    ),
    Door("project-detail", "GET", P.PROJECT_READ, path=project),
    Door(
        "project-detail",
        "PATCH",
        P.PROJECT_WRITE,
        200,
        A.PROJECT_UPDATED,
        path=project,
        body=lambda tenant: {"strictness_level": "strict"},
    ),
    Door("api-key-list", "GET", P.API_KEY_READ, grow=a_key),
    Door(
        "api-key-list",
        "POST",
        P.API_KEY_WRITE,
        201,
        A.API_KEY_CREATED,
        body=lambda tenant: {"name": "Worker", "project_id": str(tenant.project.id)},
        foreign=lambda tenant: {"name": "Worker", "project_id": str(tenant.project.id)},
    ),
    Door("api-key-detail", "GET", P.API_KEY_READ, path=key),
    Door("api-key-detail", "DELETE", P.API_KEY_WRITE, 204, A.API_KEY_DELETED, path=key),
    Door("api-key-toggle", "POST", P.API_KEY_WRITE, 200, A.API_KEY_DISABLED, path=key),
    Door("interaction-list", "GET", P.INTERACTION_READ, grow=an_interaction),
    Door("interaction-detail", "GET", P.INTERACTION_READ, path=interaction),
    Door("openapi", "GET", None),
    Door("sso-discover", "POST", None, body=lambda tenant: {"email": "somebody@acme.example"}),
    Door("sso-signed-in", "GET", None),
    Door("sso-token", "POST", P.ACCOUNT_MANAGE, 409),
    Door("sso-link", "POST", P.ACCOUNT_MANAGE, 409, body=lambda tenant: {"password": PASSWORD}),
    Door("sso-end-session", "POST", P.ACCOUNT_MANAGE, 200, A.AUTHENTICATION_SIGNED_OUT),
    Door("sso-authorize", "GET", None, 403, path=slug),
    Door("sso-callback", "GET", None, 403, path=slug),
    Door("sso-logout", "GET", None, path=slug),
    Door("sso-backchannel", "POST", None, 400, A.AUTHENTICATION_SSO_REFUSED, path=slug),
    Door("sso-provider-list", "GET", P.ORGANIZATION_READ),
    Door("sso-connection", "GET", P.ORGANIZATION_WRITE, path=connected),
    Door(
        "sso-connection",
        "PUT",
        P.ORGANIZATION_WRITE,
        200,
        A.SSO_CONNECTION_CREATED,
        path=organization,
        body=lambda tenant: {
            "issuer": "https://idp.example",
            "client_id": "c",
            "allowed_domains": ["acme.example"],
        },
    ),
    Door(
        "sso-connection",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.SSO_CONNECTION_UPDATED,
        path=connected,
        body=lambda tenant: {"default_role": "member"},
    ),
    Door("sso-connection", "DELETE", P.ORGANIZATION_WRITE, 204, A.SSO_CONNECTION_DELETED, path=connected),
    Door("sso-connection-test", "POST", P.ORGANIZATION_WRITE, 200, A.SSO_CONNECTION_TESTED, path=connected),
    Door("domain-list", "GET", P.ORGANIZATION_READ, path=organization, grow=a_domain),
    Door(
        "domain-list",
        "POST",
        P.ORGANIZATION_WRITE,
        201,
        A.SSO_DOMAIN_CLAIMED,
        path=organization,
        body=lambda tenant: {"name": "acme.example"},
    ),
    Door("domain-detail", "GET", P.ORGANIZATION_READ, path=domain),
    Door("domain-detail", "DELETE", P.ORGANIZATION_WRITE, 204, A.SSO_DOMAIN_REMOVED, path=domain),
    Door("domain-verify", "POST", P.ORGANIZATION_WRITE, 200, A.SSO_DOMAIN_CHECKED, path=domain),
    Door("scim-token-list", "GET", P.ORGANIZATION_WRITE, path=organization, grow=a_directory_token),
    Door("scim-token-list", "POST", P.ORGANIZATION_WRITE, 201, A.DIRECTORY_TOKEN_CREATED, path=connected),
    Door(
        "scim-token-detail",
        "DELETE",
        P.ORGANIZATION_WRITE,
        204,
        A.DIRECTORY_TOKEN_REVOKED,
        path=lambda tenant: organization(tenant) | {"token_id": a_directory_token(tenant)},
    ),
    Door("scim-request-list", "GET", P.AUDIT_READ, path=organization, grow=a_directory_request),
]

DEVELOPER = [
    Door("health", "GET", None),
    Door("project-list", "GET", P.PROJECT_READ, grow=a_project),
    Door(
        "project-list",
        "POST",
        P.PROJECT_WRITE,
        201,
        A.PROJECT_CREATED,
        body=lambda tenant: {"name": "Staging"},
    ),
    Door("api-key-list", "GET", P.API_KEY_READ, grow=a_key),
    Door(
        "api-key-list",
        "POST",
        P.API_KEY_WRITE,
        201,
        A.API_KEY_CREATED,
        body=lambda tenant: {"name": "Worker"},
        foreign=lambda tenant: {"name": "Worker", "project_id": str(tenant.project.id)},
    ),
    Door("api-key-detail", "DELETE", P.API_KEY_WRITE, 200, A.API_KEY_DELETED, path=key),
    Door("api-key-toggle", "PUT", P.API_KEY_WRITE, 200, A.API_KEY_DISABLED, path=key),
    Door(
        "guard",
        "POST",
        P.GUARD_RUN,
        body=lambda tenant: {"messages": [{"role": "user", "content": "What is the weather like today?"}]},
        foreign=lambda tenant: {"input": "Hello", "project_id": str(tenant.project.id)},
    ),
    Door(
        "security-scan",
        "POST",
        P.GUARD_RUN,
        body=text,
        foreign=lambda tenant: {"content": "Hello", "project_id": str(tenant.project.id)},
    ),
    Door("security-redact", "POST", P.GUARD_RUN, body=text),
    Door("preset-list", "GET", P.PROJECT_READ),
    Door("preset-detail", "GET", P.PROJECT_READ, path=lambda tenant: {"name": "support_bot:strict"}),
    Door("usage-stats", "GET", P.USAGE_READ),
]

SURFACE: dict[str, list[Door]] = {"": PLATFORM, "dashboard": DASHBOARD, "api": DEVELOPER, "proxy": DEVELOPER}
