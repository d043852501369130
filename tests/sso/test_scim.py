"""SCIM 2.0: the conformance tester over a real socket, Entra's manners, and what leaving means."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from organizations import sessions
from organizations.models import Membership, User
from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from promptguard.wsgi import application
from sso.models import DirectoryRequest, DirectoryToken
from sso.services.credentials import create_token
from sso.services.requests import forget_requests
from tests.people import ORIGIN, PASSWORD, Tenant, api_client, found_acme
from tests.sso.directory import GROUP, USER, Directory, role_of
from tests.sso.hostile import Provider
from tests.sso.journey import connect, own_domain, sign_in
from tests.surface import a_connection


def test_the_conformance_tester_is_content(live_database: str) -> None:
    """Real commits: the server ends its connections after each request, as it does in production."""
    acme = found_acme()
    directory = Directory(acme, a_connection(acme))
    root = "http://127.0.0.1:8080" + directory.root
    client = WSGISCIMClient(application, root, {"Authorization": f"Bearer {directory.token}"})
    results = check_server(client)
    bad = [
        (r.title, r.resource_type, r.reason) for r in results if r.status in (Status.ERROR, Status.CRITICAL)
    ]
    assert not bad, bad
    assert sum(r.status is Status.SUCCESS for r in results) > 60


def test_a_new_colleague_becomes_a_member(directory: Directory, acme: Tenant) -> None:
    directory.create("new@acme.example", name={"givenName": "New", "familyName": "Colleague"})
    assert role_of("new@acme.example", acme) == "viewer"
    user = User.objects.get(email="new@acme.example")
    assert (user.name, user.has_usable_password()) == ("New Colleague", False)


def test_strangers_of_unverified_domains_are_kept_but_let_in_nowhere(
    directory: Directory, acme: Tenant
) -> None:
    entry = directory.create("boss@globex.example")
    assert role_of("boss@globex.example", acme) is None
    assert not User.objects.filter(email="boss@globex.example").exists()
    assert directory.send("GET", f"/Users/{entry}").json()["active"] is True


def test_somebody_else_s_account_is_never_touched(directory: Directory, acme: Tenant, globex: Tenant) -> None:
    before = User.objects.values().get(email="mallory@globex.example")
    entry = directory.create("mallory@globex.example", displayName="Pwned", active=True)
    directory.patch(f"/Users/{entry}", {"op": "replace", "path": "active", "value": False})
    directory.send("DELETE", f"/Users/{entry}")
    assert User.objects.values().get(email="mallory@globex.example") == before
    assert role_of("mallory@globex.example", globex) == "owner"
    assert role_of("mallory@globex.example", acme) is None


@pytest.mark.parametrize("how", ["active=false", "entra text", "entra path-less", "delete", "put"])
def test_leaving_ends_sessions_and_keys_at_once(
    directory: Directory, acme: Tenant, provider: Provider, how: str
) -> None:
    entry = directory.create("new@acme.example")
    browser = Client()
    assert sign_in(browser, acme, provider).status_code == 302
    user = User.objects.get(email="new@acme.example")
    with organization_scope(acme.organization.id):
        Membership.all_tenants.filter(user=user).update(role="member")
    me = browser.get("/dashboard/auth/me")
    assert me.status_code == 200
    csrf = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    made = browser.post("/dashboard/api-keys", {"name": "Mine"}, "application/json", headers=csrf)
    assert made.status_code == 201, made.content
    key = api_client(X_API_Key=made.json()["key"])
    assert key.post("/api/v1/security/scan", {"content": "Hi"}, "application/json").status_code == 200
    path = f"/Users/{entry}"
    match how:
        case "active=false":
            response = directory.patch(path, {"op": "replace", "path": "active", "value": False})
        case "entra text":
            response = directory.patch(path, {"op": "Replace", "path": "active", "value": "False"})
        case "entra path-less":
            response = directory.patch(path, {"op": "Replace", "value": {"active": "False"}})
        case "put":
            body = {"schemas": [USER], "userName": "new@acme.example", "active": False}
            response = directory.send("PUT", path, body)
        case _:
            response = directory.send("DELETE", path)
    assert response.status_code in (200, 204), response.content
    assert browser.get("/dashboard/auth/me").status_code == 401
    assert key.post("/api/v1/security/scan", {"content": "Hi"}, "application/json").status_code == 401
    assert role_of("new@acme.example", acme) is None
    assert User.objects.get(id=user.id).is_active
    assert (sign_in(Client(), acme, provider).status_code == 403) is (how != "delete")


def test_owners_cannot_be_removed(directory: Directory, acme: Tenant) -> None:
    entry = directory.create("olivia@acme.example")
    for response in (
        directory.patch(f"/Users/{entry}", {"op": "replace", "path": "active", "value": False}),
        directory.send("DELETE", f"/Users/{entry}"),
    ):
        assert response.status_code == 409
        assert response.json()["scimType"] == "mutability"
    assert role_of(acme.olivia, acme) == "owner"
    assert sessions.sign_in(origin=ORIGIN, email="olivia@acme.example", password=PASSWORD).access_token


def test_groups_give_roles(acme: Tenant, provider: Provider) -> None:
    roles = {"Engineers": "member", "Leads": "admin"}
    connection = connect(acme, provider, group_roles=roles)
    own_domain(acme)
    directory = Directory(acme, connection.id)
    one = directory.create("new@acme.example")
    groups = {}
    for name in roles:
        body = {"schemas": [GROUP], "displayName": name}
        groups[name] = directory.send("POST", "/Groups", body).json()["id"]
    add = {"op": "Add", "path": "members", "value": [{"value": one}]}
    assert directory.patch(f"/Groups/{groups['Engineers']}", add).status_code == 200
    assert role_of("new@acme.example", acme) == "member"
    directory.patch(f"/Groups/{groups['Leads']}", add)
    assert role_of("new@acme.example", acme) == "admin"
    remove = {"op": "Remove", "path": f'members[value eq "{one}"]'}
    assert directory.patch(f"/Groups/{groups['Leads']}", remove).status_code == 200
    assert role_of("new@acme.example", acme) == "member"
    directory.send("DELETE", f"/Groups/{groups['Engineers']}")
    assert role_of("new@acme.example", acme) == "viewer"


@pytest.mark.parametrize(
    ("operation", "name", "value"),
    [
        ({"op": "Add", "path": "displayName", "value": "D"}, "displayName", "D"),
        ({"op": "REPLACE", "path": "displayName", "value": "D"}, "displayName", "D"),
        ({"op": "replace", "value": {"displayName": "D"}}, "displayName", "D"),
        ({"op": "Replace", "value": {"name.givenName": "G", "name.familyName": "F"}}, "name", {"givenName": "G", "familyName": "F"}),
        ({"op": "Add", "path": 'emails[type eq "work"].value', "value": "a@acme.example"}, "emails", [{"type": "work", "value": "a@acme.example"}]),
        ({"op": "Replace", "path": "active", "value": "True"}, "active", True),
        ({"op": "Replace", "path": f"{USER}:displayName", "value": "D"}, "displayName", "D"),
    ],
)  # fmt: skip
def test_entra_s_patches(directory: Directory, operation: dict[str, Any], name: str, value: Any) -> None:
    entry = directory.create("somebody@elsewhere.example")
    response = directory.patch(f"/Users/{entry}", operation)
    assert response.status_code == 200, response.content
    assert response.json()[name] == value


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('userName eq "ONE@acme.example"', 1),
        ('userName sw "one"', 1),
        ('externalId eq "x1"', 1),
        ('userName eq "nobody"', 0),
        ('active eq true and userName co "acme"', 2),
    ],
)
def test_filters(directory: Directory, text: str, count: int) -> None:
    directory.create("one@acme.example", externalId="x1")
    directory.create("two@acme.example")
    response = directory.client.get(directory.root + "/Users", {"filter": text})
    assert response.json()["totalResults"] == count, response.content


@pytest.mark.parametrize("text", ["nonsense", "userName eq", 'password eq "x"', "(" * 400, "x" * 5000])
def test_bad_filters_are_refused(directory: Directory, text: str) -> None:
    response = directory.client.get(directory.root + "/Users", {"filter": text})
    assert (response.status_code, response.json()["scimType"]) == (400, "invalidFilter")


def test_pages(directory: Directory) -> None:
    for number in range(3):
        directory.create(f"u{number}@elsewhere.example")
    page = directory.client.get(directory.root + "/Users", {"startIndex": 2, "count": 1}).json()
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"], len(page["Resources"])) == (
        3,
        1,
        2,
        1,
    )


def test_a_name_is_taken_once(directory: Directory) -> None:
    directory.create("one@acme.example")
    response = directory.send("POST", "/Users", {"schemas": [USER], "userName": "ONE@acme.example"})
    assert (response.status_code, response.json()["scimType"]) == (409, "uniqueness")


@pytest.mark.parametrize("body", [[], "x", {"schemas": [USER]}, {"schemas": [USER], "userName": 7}])
def test_bad_bodies_are_400(directory: Directory, body: Any) -> None:
    response = directory.send("POST", "/Users", body)
    assert response.status_code == 400, response.content
    assert response.headers["Content-Type"] == "application/scim+json"


def test_tokens_rotate_with_an_overlap(directory: Directory, acme: Tenant) -> None:
    with organization_scope(acme.organization.id):
        newer = create_token(caller=acme.owner.caller)["token"]
        assert DirectoryToken.all_tenants.filter(token_hash__isnull=False).count() == 2
    both = [directory.client, api_client(Authorization=f"Bearer {newer}")]
    assert [client.get(directory.root + "/Users").status_code for client in both] == [200, 200]
    with organization_scope(acme.organization.id):
        DirectoryToken.all_tenants.update(revoked_at="2026-01-01T00:00:00Z")
    assert [client.get(directory.root + "/Users").status_code for client in both] == [401, 401]


def test_the_log_masks_people(directory: Directory, acme: Tenant) -> None:
    entry = directory.create("secret.person@acme.example", displayName="Secret Person")
    directory.patch(f"/Users/{entry}", {"op": "Replace", "path": "active", "value": "True"})
    with organization_scope(acme.organization.id):
        rows = list(DirectoryRequest.all_tenants.order_by("id"))
    assert [(row.verb, row.status) for row in rows] == [("POST", 201), ("PATCH", 200)]
    text = " ".join(row.outline + row.path for row in rows).lower()
    assert "secret" not in text
    assert "active" in text


def test_a_key_made_by_the_leaver_only_goes_with_them(directory: Directory, acme: Tenant) -> None:
    entry = directory.create("mia@acme.example")
    with organization_scope(acme.organization.id):
        project_services.create_api_key(caller=acme.adam.caller, name="Adam's", project=None)
    directory.send("DELETE", f"/Users/{entry}")
    assert acme.developer().get("/api/v1/projects/").status_code == 200


def test_the_log_forgets(directory: Directory, acme: Tenant, globex: Tenant, settings: Settings) -> None:
    """By age everywhere, and by number in the organization that asks most."""
    settings.SCIM_LOG_REQUESTS = 5
    quiet = Directory(globex, a_connection(globex))
    start = timezone.now()
    with time_machine.travel(start - timedelta(days=31), tick=False):
        directory.send("GET", "/Users")
        quiet.send("GET", "/Users")
    for number in range(8):
        directory.send("GET", f"/Users?startIndex={number + 1}")
    quiet.send("GET", "/Groups")
    assert forget_requests(start) == 2 + 3
    kept = {}
    for tenant in (acme, globex):
        with organization_scope(tenant.organization.id):
            rows = DirectoryRequest.objects.for_caller(tenant.owner.caller).order_by("id")
            kept[tenant.organization.slug] = [row.path for row in rows]
    assert kept == {"acme": ["Users"] * 5, "globex": ["Groups"]}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"schemas": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"Operations": [{"op": "add", "value": ' + b'{"": ' * 400 + b"1" + b"}" * 400 + b"}]}",
        b'{"Operations": [' + b"{}," * 50_000 + b"{}]}",
        b"\xff\xfe",
        b"",
    ],
    ids=["deep", "deep schemas", "deep empty paths", "many operations", "no text", "nothing"],
)
def test_bodies_that_were_made_to_hurt(directory: Directory, body: bytes) -> None:
    entry = directory.create("one@elsewhere.example")
    for verb, path in (("POST", "/Users"), ("PUT", f"/Users/{entry}"), ("PATCH", f"/Users/{entry}")):
        response = directory.client.generic(verb, directory.root + path, body, "application/scim+json")
        assert response.status_code == 400, (verb, response.content[:300])
