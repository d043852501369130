"""A directory that synchronises people and groups, as Okta and Entra do."""

from typing import Any

import orjson

from organizations.models import Membership
from promptguard.core.tenancy import organization_scope, platform_scope
from sso.services.credentials import create_token
from tests.people import Person, Tenant, api_client

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Directory:
    """A directory that pushes to one organization."""

    def __init__(self, tenant: Tenant, connection_id: Any) -> None:
        self.root = f"/scim/v2/{connection_id}"
        with organization_scope(tenant.organization.id):
            self.token = create_token(caller=tenant.owner.caller)["token"]
        self.client = api_client(Authorization=f"Bearer {self.token}")

    def send(self, verb: str, path: str, body: Any = None) -> Any:
        data = b"" if body is None else orjson.dumps(body)
        return self.client.generic(verb, self.root + path, data, "application/scim+json")

    def create(self, user_name: str, **more: Any) -> str:
        response = self.send("POST", "/Users", {"schemas": [USER], "userName": user_name, **more})
        assert response.status_code == 201, response.content
        return str(response.json()["id"])

    def patch(self, path: str, *operations: dict[str, Any]) -> Any:
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})


def role_of(person: Person | str, tenant: Tenant) -> str | None:
    email = person if isinstance(person, str) else person.user.email
    with platform_scope():
        found = Membership.all_tenants.filter(user__email=email, organization=tenant.organization).first()
        return found.role if found else None
