"""Roles: the guide's table, custom roles against every door, and roles in single projects."""

from typing import Any

import pytest

from organizations import services
from organizations.roles import (
    ACCOUNT,
    ADMIN,
    MATRIX,
    PROJECT_SCOPED,
    RESERVED,
    Role,
    custom_standing,
    standing,
)
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from promptguard.projects.models import Project
from tests.house.walk import knock
from tests.people import Person, Tenant
from tests.surface import DASHBOARD, Door

NEEDY = [door for door in DASHBOARD if door.needs and door.needs not in ACCOUNT]
GRANTABLE = sorted(ADMIN - ACCOUNT)

# The guide, "RBAC": each role's promise, and the permissions that keep it.
GUIDE = {
    Role.OWNER: {"delete org": P.ORGANIZATION_DELETE, "transfer ownership": P.ORGANIZATION_TRANSFER, "manage billing": P.BILLING_READ},
    Role.ADMIN: {
        "manage members": P.MEMBER_WRITE,
        "billing": P.BILLING_READ,
        "org settings": P.ORGANIZATION_WRITE,
        "invite members": P.INVITATION_WRITE,
    },
    Role.MEMBER: {"create/edit projects, configure policies": P.PROJECT_WRITE, "manage API keys": P.API_KEY_WRITE},
    Role.VIEWER: {"view projects": P.PROJECT_READ, "analytics": P.USAGE_READ, "interactions": P.INTERACTION_READ},
}  # fmt: skip


def member_with(tenant: Tenant, permissions: list[str], name: str = "Special") -> Person:
    """Vic, from now on with a custom role of these permissions."""
    vic = tenant.people["vic"]
    with organization_scope(tenant.organization.id):
        caller = tenant.owner.signed_in_caller()
        services.create_role(caller=caller, name=name, permissions=permissions)
        services.change_role(caller=caller, user_id=vic.user.id, role=name)
    return vic


def test_each_role_keeps_the_guide_s_promise_and_no_lower_one_does() -> None:
    order = [Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER]
    for role, promises in GUIDE.items():
        for promise, permission in promises.items():
            holders = {each for each in Role if permission in MATRIX[each]}
            expected = set(order[order.index(role) :])
            assert holders >= expected, promise
            # "Manage billing" is promised to owners and admins both.
            assert holders == expected or promise == "manage billing", promise


def test_viewers_change_nothing() -> None:
    assert all(permission.endswith(":read") for permission in MATRIX[Role.VIEWER] - ACCOUNT)


@pytest.mark.parametrize("door", NEEDY, ids=str)
def test_a_custom_role_opens_exactly_the_doors_of_its_permissions(door: Door, acme: Tenant) -> None:
    without = member_with(acme, [each for each in GRANTABLE if each != door.needs], "Without")
    refused = knock(without.client(), "dashboard", door, acme)
    assert (refused.status_code, refused.json().get("required_permission")) == (403, str(door.needs))
    if door.needs not in RESERVED:
        alone = member_with(acme, [str(door.needs)], "Alone")
        opened = knock(alone.client(), "dashboard", door, acme)
        # A rule of the room may still say no (rank, the key's scopes); the door itself does not.
        body = opened.json() if opened.content else {}
        assert opened.status_code != 401
        assert "required_permission" not in body, body


def test_a_custom_role_changes_for_its_holders_at_once(acme: Tenant) -> None:
    vic = member_with(acme, ["project:read"])
    client = vic.client()
    assert client.get("/dashboard/projects").status_code == 200
    with organization_scope(acme.organization.id):
        from organizations.models import CustomRole

        role = CustomRole.objects.for_caller(acme.owner.caller).get(name="Special")
        services.update_role(caller=acme.owner.caller, role=role, permissions=["member:read"])
    assert client.get("/dashboard/projects").status_code == 403


def roles_url(tenant: Tenant, role_id: Any = "") -> str:
    return f"/dashboard/organizations/{tenant.organization.id}/roles" + (f"/{role_id}" if role_id else "")


def test_a_role_in_use_cannot_be_deleted(acme: Tenant) -> None:
    member_with(acme, ["project:read"])
    rows = acme.owner.client().get(roles_url(acme)).json()["results"]
    role = next(row for row in rows if row["is_custom"])
    assert role["members"] == 1
    refused = acme.owner.client().delete(roles_url(acme, role["id"]))
    assert (refused.status_code, refused.json()["code"]) == (409, "role_in_use")


def test_nobody_makes_a_role_that_can_do_more_than_they_can(acme: Tenant) -> None:
    vic = member_with(acme, ["role:read", "role:write", "project:read"])
    made = vic.client().post(
        roles_url(acme), {"name": "Too much", "permissions": ["audit:read"]}, content_type="application/json"
    )
    assert (made.status_code, made.json()["code"]) == (403, "above_own_rank")


@pytest.mark.parametrize("reserved", sorted(RESERVED))
def test_what_only_owners_may_do_is_in_no_custom_role(acme: Tenant, reserved: str) -> None:
    body = {"name": "Boss", "permissions": [reserved]}
    assert acme.owner.client().post(roles_url(acme), body, content_type="application/json").status_code == 422
    assert not custom_standing("Boss", [reserved]).permissions - ACCOUNT


@pytest.mark.parametrize("name", ["owner", "Admin", "custom", "a", "x" * 41, "semi;colon", "new\nline"])
def test_role_names_have_rules(acme: Tenant, name: str) -> None:
    body = {"name": name, "permissions": ["project:read"]}
    assert acme.owner.client().post(roles_url(acme), body, content_type="application/json").status_code == 422


def test_role_names_are_unique_whatever_their_case(acme: Tenant) -> None:
    client = acme.owner.client()
    for name, status in (("Auditor", 201), ("auditor", 409)):
        body = {"name": name, "permissions": ["audit:read"]}
        assert client.post(roles_url(acme), body, content_type="application/json").status_code == status


def test_governing_is_strict_below_the_owner() -> None:
    assert [
        (giver, [role for role in Role if standing(giver).governs(standing(role))]) for giver in Role
    ] == [
        (Role.OWNER, list(Role)),
        (Role.ADMIN, [Role.MEMBER, Role.VIEWER]),
        (Role.MEMBER, [Role.VIEWER]),
        (Role.VIEWER, []),
    ]


# --- Roles in single projects -------------------------------------------------------------------------


@pytest.fixture
def other_project(acme: Tenant) -> Project:
    with organization_scope(acme.organization.id):
        made = project_services.create_project(caller=acme.owner.caller, name="Other")
        project_services.create_api_key(caller=acme.owner.caller, name="Other's", project=made)
        return made


@pytest.fixture
def contractor(acme: Tenant, other_project: Project) -> Person:
    """Vic may read the organization, and is a member in `other_project` alone."""
    vic = member_with(acme, ["organization:read"], "Contractor")
    with organization_scope(acme.organization.id):
        services.grant_project_role(
            caller=acme.owner.caller, project_id=other_project.id, user_id=vic.user.id, role="member"
        )
    return vic


def test_a_grant_shows_one_project_and_hides_the_others(
    acme: Tenant, contractor: Person, other_project: Project
) -> None:
    client = contractor.client()
    shown = client.get("/dashboard/projects").json()["results"]
    assert [row["id"] for row in shown] == [str(other_project.id)]
    change = {"description": "Mine"}
    for project_id, status in ((other_project.id, 200), (acme.project.id, 404)):
        url = f"/dashboard/projects/{project_id}"
        assert client.get(url).status_code == status
        assert client.patch(url, change, content_type="application/json").status_code == status


def test_a_grant_s_keys_are_that_project_s_keys(
    acme: Tenant, contractor: Person, other_project: Project
) -> None:
    client = contractor.client()
    assert [row["name"] for row in client.get("/dashboard/api-keys").json()["results"]] == ["Other's"]
    assert client.get(f"/dashboard/api-keys/{acme.api_key.id}").status_code == 404
    statuses = [
        client.post("/dashboard/api-keys", {"name": "K"} | body, content_type="application/json").status_code
        for body in ({"project_id": str(other_project.id)}, {"project_id": str(acme.project.id)}, {})
    ]
    assert statuses == [201, 404, 403]


def test_a_grant_makes_no_projects_and_reads_no_members(acme: Tenant, contractor: Person) -> None:
    client = contractor.client()
    made = client.post("/dashboard/projects", {"name": "New"}, content_type="application/json")
    assert made.status_code == 403
    assert client.get(f"/dashboard/organizations/{acme.organization.id}/members").status_code == 403


@pytest.mark.parametrize("door", [door for door in NEEDY if door.needs in PROJECT_SCOPED], ids=str)
def test_a_grant_elsewhere_never_reaches_this_project(door: Door, acme: Tenant, contractor: Person) -> None:
    response = knock(contractor.client(), "dashboard", door, acme)
    text = response.content.decode()
    named = door.path(acme) or door.foreign
    assert response.status_code in ((403, 404) if named or door.verb != "GET" else (200,)), text
    assert str(acme.project.id) not in text
    assert str(acme.api_key.id) not in text


def test_a_grant_ends_with_its_taking_back_and_with_the_membership(
    acme: Tenant, contractor: Person, other_project: Project
) -> None:
    client, owner = contractor.client(), acme.owner.client()
    grant = f"/dashboard/projects/{other_project.id}/grants/{contractor.user.id}"
    assert owner.delete(grant).status_code == 204
    assert client.get("/dashboard/projects").status_code == 403
    assert owner.put(grant, {"role": "viewer"}, content_type="application/json").status_code == 200
    assert client.get(f"/dashboard/projects/{other_project.id}").status_code == 200
    member = f"/dashboard/organizations/{acme.organization.id}/members/{contractor.user.id}"
    assert owner.delete(member).status_code == 204
    assert owner.get(f"/dashboard/projects/{other_project.id}/grants").json()["results"] == []


def test_grants_are_for_members_only(acme: Tenant, globex: Tenant, other_project: Project) -> None:
    url = f"/dashboard/projects/{other_project.id}/grants/{globex.owner.user.id}"
    assert (
        acme.owner.client().put(url, {"role": "viewer"}, content_type="application/json").status_code == 404
    )


def test_own_permissions_are_told(acme: Tenant, contractor: Person, other_project: Project) -> None:
    url = f"/dashboard/organizations/{acme.organization.id}/permissions"
    told = contractor.client().get(url).json()
    assert told["permissions"] == ["account:manage", "account:read", "organization:read"]
    assert [row["project_id"] for row in told["projects"]] == [str(other_project.id)]
    assert set(told["projects"][0]["permissions"]) == {
        str(each) for each in MATRIX[Role.MEMBER] & PROJECT_SCOPED
    }
    assert set(acme.owner.client().get(url).json()["permissions"]) == {
        str(each) for each in MATRIX[Role.OWNER]
    }
