"""Entra ID's manners as its provisioning service shows them: capitals, texts for booleans, attributes of its own."""

from typing import Any

import pytest

from organizations.models import User
from promptguard.core.tenancy import platform_scope
from tests.people import Tenant
from tests.sso.directory import GROUP, USER, Directory, role_of
from tests.sso.hostile import Provider
from tests.sso.journey import connect, own_domain

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
# What its default mapping sends for a new colleague.
COLLEAGUE = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "58342554-38d6-4ec8-948c-50044d0a33fd",
    "userName": "new@acme.example",
    "active": True,
    "displayName": "New Colleague",
    "title": "Engineer",
    "preferredLanguage": "nb-NO",
    "emails": [{"type": "work", "value": "new@acme.example", "primary": True}],
    "name": {"givenName": "New", "familyName": "Colleague", "formatted": "New Colleague"},
    "addresses": [{"type": "work", "streetAddress": "Karl Johans gate 1", "country": "Norway"}],
    "phoneNumbers": [{"type": "work", "value": "+47 22 00 00 00"}],
    ENTERPRISE: {"department": "Research", "employeeNumber": "7", "manager": {"value": "26118915-6090"}},
    "meta": {"resourceType": "User"},
    "roles": [],
}


def found(directory: Directory, kind: str, text: str, **more: str) -> Any:
    response = directory.client.get(f"{directory.root}/{kind}", {"filter": text} | more)
    assert response.status_code == 200, response.content
    return response.json()


def group(directory: Directory, *members: str) -> str:
    body = {
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": "Engineers",
        "members": [{"value": each} for each in members],
        "meta": {"resourceType": "Group"},
    }
    response = directory.send("POST", "/Groups", body)
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def members_of(directory: Directory, group_id: str) -> set[str]:
    shown = directory.send("GET", f"/Groups/{group_id}").json()
    return {each["value"] for each in shown.get("members", [])}


def test_its_connection_test_asks_for_nobody(directory: Directory) -> None:
    answer = found(directory, "Users", 'userName eq "8a1c3b9e-1d3f-4a8e-9a5b-000000000000"')
    assert (answer["totalResults"], answer.get("Resources", [])) == (0, [])


def test_its_default_mapping_is_understood(directory: Directory, acme: Tenant) -> None:
    response = directory.send("POST", "/Users", COLLEAGUE)
    assert response.status_code == 201, response.content
    shown = response.json()
    assert shown["externalId"] == COLLEAGUE["externalId"]
    assert shown["name"] == COLLEAGUE["name"]
    assert role_of("new@acme.example", acme) == "viewer"
    again = directory.send("POST", "/Users", COLLEAGUE)
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "title", "value": "Director"},
        {"op": "Add", "path": "preferredLanguage", "value": "en-GB"},
        {"op": "Add", "path": 'addresses[type eq "work"].streetAddress', "value": "Storgata 2"},
        {"op": "Replace", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+47 90 00 00 00"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Sales"},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": [{"$ref": None, "value": "26118915-6090"}]},
        {"op": "Replace", "value": {"title": "Director", f"{ENTERPRISE}:employeeNumber": "8"}},
        {"op": "Remove", "path": f"{ENTERPRISE}:manager"},
    ],
)
def test_what_we_do_not_keep_fails_nobody(directory: Directory, operation: dict[str, Any]) -> None:
    """An attribute that is refused would stop the whole person from being synchronised."""
    entry = directory.create("somebody@elsewhere.example", displayName="Somebody")
    also = {"op": "Replace", "path": "displayName", "value": "Somebody Else"}
    response = directory.patch(f"/Users/{entry}", operation, also)
    assert response.status_code == 200, response.content
    assert response.json()["displayName"] == "Somebody Else"


def test_an_attribute_that_nobody_knows_is_still_refused(directory: Directory) -> None:
    entry = directory.create("somebody@elsewhere.example")
    response = directory.patch(f"/Users/{entry}", {"op": "Add", "path": "shoeSize", "value": 43})
    assert (response.status_code, response.json()["scimType"]) == (400, "invalidPath")


@pytest.mark.parametrize("said", ["False", "false", False, [{"value": "False"}]])
def test_false_in_every_spelling(directory: Directory, acme: Tenant, said: Any) -> None:
    entry = directory.create("new@acme.example")
    response = directory.patch(f"/Users/{entry}", {"op": "Replace", "path": "active", "value": said})
    assert response.status_code == 200, response.content
    assert response.json()["active"] is False
    assert role_of("new@acme.example", acme) is None


@pytest.mark.parametrize("said", ["maybe", "", None, {}])
def test_what_is_neither_true_nor_false_is_refused(directory: Directory, acme: Tenant, said: Any) -> None:
    entry = directory.create("new@acme.example")
    response = directory.patch(f"/Users/{entry}", {"op": "Replace", "path": "active", "value": said})
    assert response.status_code == 400, response.content
    assert role_of("new@acme.example", acme) == "viewer"


@pytest.mark.parametrize(
    "removal",
    [
        lambda one: {"op": "Remove", "path": f'members[value eq "{one}"]'},
        lambda one: {"op": "Remove", "path": "members", "value": [{"value": one}]},
        lambda one: {"op": "remove", "path": "members", "value": [{"$ref": None, "value": one}]},
    ],
    ids=["by filter", "by value", "by value and reference"],
)
def test_one_leaves_a_group_and_the_others_stay(directory: Directory, removal: Any) -> None:
    one, two = directory.create("one@acme.example"), directory.create("two@acme.example")
    place = group(directory, one, two)
    response = directory.patch(f"/Groups/{place}", removal(one))
    assert response.status_code in (200, 204), response.content
    assert members_of(directory, place) == {two}


def test_members_come_one_by_one_and_twice(directory: Directory) -> None:
    one, two = directory.create("one@acme.example"), directory.create("two@acme.example")
    place = group(directory)
    for each in (one, two, two):
        added = {"op": "Add", "path": "members", "value": [{"$ref": None, "value": each}]}
        assert directory.patch(f"/Groups/{place}", added).status_code == 200
    assert members_of(directory, place) == {one, two}


def test_groups_are_asked_for_without_their_members(directory: Directory) -> None:
    place = group(directory, directory.create("one@acme.example"))
    asked = {"excludedAttributes": "members"}
    [listed] = found(directory, "Groups", 'displayName eq "Engineers"', **asked)["Resources"]
    detail = directory.client.get(f"{directory.root}/Groups/{place}", asked).json()
    for shown in (listed, detail):
        assert shown["displayName"] == "Engineers"
        assert "members" not in shown


@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_things_are_found_by_their_external_id(directory: Directory, kind: str) -> None:
    directory.send("POST", "/Users", COLLEAGUE)
    group(directory)
    known = {"Users": COLLEAGUE["externalId"], "Groups": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159"}[kind]
    assert found(directory, kind, f'externalId eq "{known}"')["totalResults"] == 1
    assert found(directory, kind, 'externalId eq "somebody-else"')["totalResults"] == 0


def test_whoever_was_switched_off_comes_back_by_either_way(directory: Directory, acme: Tenant) -> None:
    """Soft deletion is `active=False`; thirty days later comes the DELETE, and perhaps the person again."""
    entry = directory.send("POST", "/Users", COLLEAGUE).json()["id"]
    off, on = ({"op": "Replace", "path": "active", "value": said} for said in ("False", "True"))
    directory.patch(f"/Users/{entry}", off)
    assert found(directory, "Users", 'userName eq "new@acme.example"')["totalResults"] == 1
    assert directory.send("POST", "/Users", COLLEAGUE).status_code == 409
    directory.patch(f"/Users/{entry}", on)
    assert role_of("new@acme.example", acme) == "viewer"
    directory.patch(f"/Users/{entry}", off)
    assert directory.send("DELETE", f"/Users/{entry}").status_code == 204
    assert directory.send("GET", f"/Users/{entry}").status_code == 404
    second = directory.send("POST", "/Users", COLLEAGUE)
    assert second.status_code == 201
    assert second.json()["id"] != entry
    assert role_of("new@acme.example", acme) == "viewer"


@pytest.mark.parametrize("closed_by", ["connection", "organization"])
def test_a_domain_that_is_not_allowed_lets_nobody_in(
    acme: Tenant, provider: Provider, closed_by: str
) -> None:
    connection = connect(acme, provider, allowed_domains=["acme.example", "acme.example.org"])
    own_domain(acme)
    own_domain(acme, "acme.example.org")
    directory = Directory(acme, connection.id)
    leaver = directory.create("leaver@acme.example.org")
    member = directory.create("stays@acme.example.org")
    directory.patch(f"/Users/{leaver}", {"op": "Replace", "path": "active", "value": False})
    if closed_by == "connection":
        connect(acme, provider, allowed_domains=["acme.example"])
    else:
        acme.organization.allowed_email_domains = ["acme.example"]
        with platform_scope():
            acme.organization.save()
    directory.create("new@acme.example.org")
    directory.patch(f"/Users/{leaver}", {"op": "Replace", "path": "active", "value": True})
    directory.patch(f"/Users/{member}", {"op": "Replace", "path": "displayName", "value": "Stays"})
    directory.create("new@acme.example")
    people = ("new@acme.example.org", "leaver@acme.example.org", "stays@acme.example.org", "new@acme.example")
    assert [role_of(each, acme) for each in people] == [None, None, "viewer", "viewer"]


def test_okta_s_words_are_understood_too(directory: Directory, acme: Tenant) -> None:
    """A password that nobody asked for, a middle name, a locale, and members with a display name."""
    person = {
        "schemas": [USER],
        "userName": "new@acme.example",
        "name": {"givenName": "New", "middleName": "M", "familyName": "Colleague", "honorificPrefix": "Dr"},
        "emails": [{"primary": True, "value": "new@acme.example", "type": "work", "display": "New"}],
        "displayName": "New Colleague",
        "locale": "en-US",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    }
    response = directory.send("POST", "/Users", person)
    assert response.status_code == 201, response.content
    assert "1mz050nq" not in response.content.decode()
    assert not User.objects.get(email="new@acme.example").has_usable_password()
    entry = response.json()["id"]
    body = {"schemas": [GROUP], "displayName": "Okta's", "members": [{"value": entry, "display": "New"}]}
    assert directory.send("POST", "/Groups", body).status_code == 201


@pytest.mark.parametrize("value", ['x" or value pr or value eq "', "", {"a": 1}, 7])
def test_a_removal_of_nobody_removes_nobody(directory: Directory, value: Any) -> None:
    one = directory.create("one@acme.example")
    place = group(directory, one)
    directory.patch(f"/Groups/{place}", {"op": "Remove", "path": "members", "value": [{"value": value}]})
    assert members_of(directory, place) == {one}
