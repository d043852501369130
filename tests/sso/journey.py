"""The steps of a sign-in, as a browser takes them."""

import json
from typing import Any

from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from promptguard.core.tenancy import organization_scope, platform_scope
from sso.models import Connection, Domain
from sso.services import connections, domains
from tests.people import Tenant
from tests.sso.hostile import CLIENT_ID, CLIENT_SECRET, Provider


def connect(tenant: Tenant, provider: Provider, **changes: Any) -> Connection:
    """The owner connects the provider; allowed are the organization's own addresses."""
    slug = tenant.organization.slug
    settings = {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "allowed_domains": [f"{slug}.example"],
    }
    with organization_scope(tenant.organization.id):
        return connections.put_connection(caller=tenant.owner.caller, settings=settings | changes)


def own_domain(tenant: Tenant, name: str = "") -> Domain:
    """A domain that this organization has verified: an operator vouches for it."""
    with organization_scope(tenant.organization.id):
        claimed = domains.claim_domain(
            caller=tenant.owner.caller, name=name or f"{tenant.organization.slug}.example"
        )
        return domains.vouch_for_domain(caller=tenant.owner.caller, domain=claimed)


def address(name: str, tenant: Tenant) -> str:
    return reverse(f"dashboard:{name}", args=[tenant.organization.slug])


def start(client: Client, tenant: Tenant, **query: str) -> str:
    """Where the browser is sent."""
    response = client.get(address("sso-authorize", tenant), query)
    assert response.status_code == 302, response.content
    return str(response.headers["Location"])


def sign_in(client: Client, tenant: Tenant, provider: Provider, **query: str) -> HttpResponse:
    """The whole way; the answer of the callback."""
    answer = provider.authorize(start(client, tenant, **query))
    return client.get(address("sso-callback", tenant), answer)  # type: ignore[return-value]


def events(action: str) -> list[dict[str, Any]]:
    """The canonical documents of the events of one kind that wait to be sealed, oldest first."""
    with platform_scope(), database.cursor() as cursor:
        cursor.execute("SELECT canonical FROM audit_inbox WHERE event_type = %s ORDER BY id", [action])
        return [json.loads(bytes(row[0])) for row in cursor.fetchall()]


def refusals() -> list[str]:
    """The true reasons, from the audit log."""
    return [event["pub"]["details"]["reason"] for event in events("authentication.sso_refused")]
