"""★ Every door of the house: one row for each route and verb. Double-entry book-keeping: the views declare
their permissions, this table declares them again, and `tests/house/test_doors.py` compares both ways.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audit.actions import Action as A
from organizations import services as organization_services
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from promptguard.webhooks import services as webhook_services
from promptguard.webhooks.models import Endpoint
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


def webhook(tenant: Tenant) -> dict[str, Any]:
    return {"endpoint_id": a_webhook(tenant)}


def delivery(tenant: Tenant) -> dict[str, Any]:
    return {"delivery_id": a_delivery(tenant)}


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


def a_webhook(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        made, _ = webhook_services.create_endpoint(
            caller=tenant.owner.caller, url=f"https://hooks.example.com/{tenant.organization.slug}"
        )
        return made.id


def a_delivery(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        caller = tenant.owner.caller
        made = Endpoint.objects.for_caller(caller).filter(id=a_webhook(tenant)).get()
        return webhook_services.send_test(caller=caller, endpoint=made).id


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
    Door("project-webhook", "GET", P.WEBHOOK_READ, path=project),
    Door(
        "project-webhook",
        "PATCH",
        P.WEBHOOK_WRITE,
        200,
        A.WEBHOOK_CREATED,
        path=project,
        body=lambda tenant: {"webhook_url": "https://hooks.example.com/promptguard", "webhook_enabled": True},
    ),
    Door("webhook-list", "GET", P.WEBHOOK_READ, grow=a_webhook),
    Door(
        "webhook-list",
        "POST",
        P.WEBHOOK_WRITE,
        201,
        A.WEBHOOK_CREATED,
        body=lambda tenant: {"url": "https://hooks.example.com/promptguard", "event_types": ["threat.*"]},
        foreign=lambda tenant: {"url": "https://hooks.example.com/", "project_id": str(tenant.project.id)},
    ),
    Door("webhook-detail", "GET", P.WEBHOOK_READ, path=webhook),
    Door(
        "webhook-detail",
        "PATCH",
        P.WEBHOOK_WRITE,
        200,
        A.WEBHOOK_UPDATED,
        path=webhook,
        body=lambda tenant: {"description": "Production"},
    ),
    Door("webhook-detail", "DELETE", P.WEBHOOK_WRITE, 204, A.WEBHOOK_DELETED, path=webhook),
    Door("webhook-test", "POST", P.WEBHOOK_WRITE, 202, A.WEBHOOK_TESTED, path=webhook),
    Door("webhook-rotate-secret", "POST", P.WEBHOOK_WRITE, 200, A.WEBHOOK_SECRET_ROTATED, path=webhook),
    Door(
        "webhook-replay", "POST", P.WEBHOOK_WRITE, 202, A.WEBHOOK_REPLAYED, path=webhook, body=lambda tenant: {}
    ),
    Door("delivery-list", "GET", P.WEBHOOK_READ, grow=a_delivery),
    Door("delivery-detail", "GET", P.WEBHOOK_READ, path=delivery),
    Door("delivery-replay", "POST", P.WEBHOOK_WRITE, 202, A.WEBHOOK_REPLAYED, path=delivery),
    Door("event-type-list", "GET", P.WEBHOOK_READ),
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
