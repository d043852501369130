"""★ Every door of the house: one row for each route and verb. Double-entry book-keeping: the views declare
their permissions, this table declares them again, and `tests/house/test_doors.py` compares both ways.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audit.actions import Action as A
from organizations import services as organization_services
from organizations.limits.models import Plane
from organizations.limits.services import override_rate_limit
from organizations.networks.models import AllowedNetwork
from organizations.networks.services import allow_network
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


def network(tenant: Tenant) -> dict[str, Any]:
    with organization_scope(tenant.organization.id):
        caller, cidr = tenant.owner.caller, "127.0.0.0/8"
        found = AllowedNetwork.objects.for_caller(caller).filter(cidr=cidr).first()
        made = found or AllowedNetwork.objects.create_for(caller, cidr=cidr)
    return organization(tenant) | {"network_id": made.id}


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


def a_network(tenant: Tenant) -> Any:
    """Each lets the tests' own client in."""
    with organization_scope(tenant.organization.id):
        cidr = f"127.0.0.0/{30 - len(tenant.objects)}"
        made = allow_network(caller=tenant.owner.caller, cidr=cidr, label="Office", confirm=True)
        tenant.objects[cidr] = made.id
        return made.id


def an_override(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        return override_rate_limit(
            caller=tenant.owner.caller,
            plane=Plane.DEVELOPER,
            per_minute=600,
            reason="Asked for in a support case",
        ).id


def an_invitation(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        address = f"guest-{len(tenant.objects)}@{tenant.organization.slug}.example"
        made, _ = organization_services.invite(caller=tenant.owner.caller, email=address, role="viewer")
        tenant.objects[address] = made.id
        return made.id


def sign_in_body(tenant: Tenant) -> dict[str, Any]:
    return {"email": tenant.owner.user.email, "password": PASSWORD}


def text(tenant: Tenant) -> dict[str, Any]:
    return {"content": "What is the weather like today?"}


PLATFORM = [
    Door("home", "GET", None),
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
    Door("network-list", "GET", P.NETWORK_READ, path=organization, grow=a_network),
    Door(
        "network-list",
        "POST",
        P.NETWORK_WRITE,
        201,
        A.ALLOWED_NETWORK_ADDED,
        path=organization,
        body=lambda tenant: {"cidr": "127.0.0.1/32", "label": "Office"},
    ),
    Door("network-check", "GET", P.NETWORK_READ, path=organization),
    Door("network-detail", "GET", P.NETWORK_READ, path=network),
    Door(
        "network-detail",
        "PATCH",
        P.NETWORK_WRITE,
        200,
        A.ALLOWED_NETWORK_UPDATED,
        path=network,
        body=lambda tenant: {"label": "Head office"},
    ),
    Door("network-detail", "DELETE", P.NETWORK_WRITE, 204, A.ALLOWED_NETWORK_REMOVED, path=network),
    Door("key-policy", "GET", P.ORGANIZATION_READ, path=organization),
    Door(
        "key-policy",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.ORGANIZATION_UPDATED,
        path=organization,
        body=lambda tenant: {"key_lifetime_days": 90},
    ),
    Door("rate-limits", "GET", P.ORGANIZATION_READ, path=organization),
    Door("retention", "GET", P.ORGANIZATION_READ, path=organization),
    Door(
        "retention",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.RETENTION_CHANGED,
        path=organization,
        body=lambda tenant: {"retention_days": 30},
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
