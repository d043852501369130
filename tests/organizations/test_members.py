"""Members: promoted, removed and leaving; ownership handed over; the organization closed and reopened."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from organizations import services
from organizations.models import AuthSession, Membership, Organization
from organizations.services.governance import LastOwner, ReauthenticationRequired
from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from promptguard.projects.models import ApiKey
from tests.people import PASSWORD, Person, Tenant
from tests.surface import a_member


def url(tenant: Tenant, tail: str = "") -> str:
    return f"/dashboard/organizations/{tenant.organization.id}{tail}"


def send(person: Person, verb: str, path: str, body: Any = None, **headers: str) -> Any:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return person.client().generic(
        verb, path, b"" if body is None else json.dumps(body), "application/json", headers=given
    )


def roles(tenant: Tenant) -> dict[str, str]:
    with organization_scope(tenant.organization.id):
        rows = Membership.objects.for_caller(tenant.owner.caller).select_related("user", "custom_role")
        return {row.user.email.partition("@")[0]: row.role_name for row in rows}


@pytest.mark.parametrize(
    ("who", "whom", "role", "status"),
    [
        ("olivia", "adam", "member", 200),
        ("olivia", "mia", "owner", 200),
        ("adam", "mia", "viewer", 200),
        ("adam", "mia", "admin", 403),
        ("adam", "olivia", "member", 403),
        ("adam", "adam", "owner", 403),
        ("mia", "vic", "member", 403),
        ("olivia", "olivia", "admin", 409),
        ("olivia", "mia", "emperor", 422),
    ],
)
def test_who_may_promote_whom(acme: Tenant, who: str, whom: str, role: str, status: int) -> None:
    before = roles(acme)
    path = url(acme, f"/members/{acme.people[whom].user.id}")
    assert send(acme.people[who], "PATCH", path, {"role": role}).status_code == status
    assert roles(acme) == (before | {whom: role} if status == 200 else before)


def test_to_make_an_owner_needs_a_fresh_proof(acme: Tenant) -> None:
    client, path = acme.olivia.client(), url(acme, f"/members/{acme.mia.user.id}")
    AuthSession.objects.update(authenticated_at=timezone.now() - timedelta(minutes=6))
    stale = client.patch(path, {"role": "owner"}, content_type="application/json")
    assert (stale.status_code, stale.json()["code"]) == (403, "reauthentication_required")
    assert client.patch(path, {"role": "viewer"}, content_type="application/json").status_code == 200
    proof = client.post(
        "/dashboard/auth/reauthenticate", {"password": PASSWORD}, content_type="application/json"
    )
    assert proof.status_code == 204
    assert client.patch(path, {"role": "owner"}, content_type="application/json").status_code == 200


@pytest.mark.parametrize(("who", "whom", "status"), [
    ("adam", "mia", 204), ("adam", "adam", 409), ("adam", "olivia", 403), ("mia", "vic", 403), ("olivia", "adam", 204),
])  # fmt: skip
def test_who_may_remove_whom(acme: Tenant, who: str, whom: str, status: int) -> None:
    assert (
        send(acme.people[who], "DELETE", url(acme, f"/members/{acme.people[whom].user.id}")).status_code
        == status
    )
    assert (whom not in roles(acme)) == (status == 204)


def test_removal_ends_access_at_once(acme: Tenant) -> None:
    client = acme.mia.client()
    assert client.get("/dashboard/projects").status_code == 200
    send(acme.olivia, "DELETE", url(acme, f"/members/{acme.mia.user.id}"))
    assert client.get("/dashboard/projects").status_code == 404
    assert client.get(url(acme)).status_code == 404


@pytest.mark.parametrize(("keys", "revoked"), [("revoke", True), ("transfer", False)])
def test_the_keys_of_somebody_removed_go_or_are_handed_over(acme: Tenant, keys: str, revoked: bool) -> None:
    with organization_scope(acme.organization.id):
        key, _ = project_services.create_api_key(caller=acme.mia.caller, name="Mia's")
    assert send(acme.adam, "DELETE", url(acme, f"/members/{acme.mia.user.id}?keys={keys}")).status_code == 204
    with organization_scope(acme.organization.id):
        key = ApiKey.objects.for_caller(acme.owner.caller).get(id=key.id)
    assert (key.revoked_at is not None) == revoked
    assert key.created_by_id == (acme.mia if revoked else acme.adam).user.id


def test_leaving_hands_keys_to_an_owner(acme: Tenant) -> None:
    with organization_scope(acme.organization.id):
        key, _ = project_services.create_api_key(caller=acme.mia.caller, name="Mia's")
    assert send(acme.mia, "POST", url(acme, "/leave?keys=transfer")).status_code == 204
    with organization_scope(acme.organization.id):
        assert (
            ApiKey.objects.for_caller(acme.owner.caller).get(id=key.id).created_by_id == acme.olivia.user.id
        )


def test_the_last_owner_stays(acme: Tenant) -> None:
    refused = send(acme.olivia, "POST", url(acme, "/leave"))
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    acme.mia.user.is_active = False
    acme.mia.user.save()
    with organization_scope(acme.organization.id):
        Membership.objects.for_caller(acme.owner.caller).filter(user=acme.mia.user).update(role="owner")
        with pytest.raises(LastOwner):
            services.leave(caller=acme.olivia.caller)


def test_members_are_found_by_name_address_and_role(acme: Tenant) -> None:
    client = acme.vic.client()

    def found(query: str) -> list[str]:
        return sorted(row["name"] for row in client.get(url(acme, f"/members?{query}")).json()["results"])

    assert found("search=OLI") == ["Olivia"]
    assert found("search=@acme.example") == ["Adam", "Mia", "Olivia", "Vic"]
    assert found("role=member") == ["Mia"]
    assert found("search=%25") == []


# --- Ownership ----------------------------------------------------------------------------------------


def test_ownership_passes_in_two_steps(acme: Tenant) -> None:
    offer = send(acme.olivia, "POST", url(acme, "/transfer-ownership"), {"user_id": str(acme.adam.user.id)})
    assert offer.status_code == 201
    assert roles(acme)["adam"] == "admin"
    assert send(acme.mia, "POST", url(acme, "/transfer-ownership/accept")).status_code == 404
    assert send(acme.adam, "POST", url(acme, "/transfer-ownership/accept")).status_code == 200
    assert (roles(acme)["olivia"], roles(acme)["adam"]) == ("admin", "owner")
    assert send(acme.adam, "POST", url(acme, "/transfer-ownership/accept")).status_code == 404


@pytest.mark.parametrize(("who", "verb", "tail"), [
    ("olivia", "DELETE", "/transfer-ownership"), ("adam", "POST", "/transfer-ownership/decline"),
])  # fmt: skip
def test_an_offer_of_ownership_can_end(acme: Tenant, who: str, verb: str, tail: str) -> None:
    send(acme.olivia, "POST", url(acme, "/transfer-ownership"), {"user_id": str(acme.adam.user.id)})
    assert send(acme.people[who], verb, url(acme, tail)).status_code == 204
    assert send(acme.adam, "POST", url(acme, "/transfer-ownership/accept")).status_code == 404
    assert roles(acme)["adam"] == "admin"


def test_an_offer_expires_and_lapses_with_its_giver(acme: Tenant) -> None:
    from organizations.models import OwnershipOffer

    send(acme.olivia, "POST", url(acme, "/transfer-ownership"), {"user_id": str(acme.adam.user.id)})
    with organization_scope(acme.organization.id):
        OwnershipOffer.objects.for_caller(acme.owner.caller).update(expires_at=timezone.now())
    assert send(acme.adam, "POST", url(acme, "/transfer-ownership/accept")).status_code == 404
    a_second = a_member(acme)
    send(acme.olivia, "POST", url(acme, "/transfer-ownership"), {"user_id": str(acme.adam.user.id)})
    send(acme.olivia, "PATCH", url(acme, f"/members/{a_second}"), {"role": "owner"})
    assert (
        send(
            acme.olivia, "PATCH", url(acme, f"/members/{acme.olivia.user.id}"), {"role": "member"}
        ).status_code
        == 200
    )
    assert send(acme.adam, "POST", url(acme, "/transfer-ownership/accept")).status_code == 404


def test_an_offer_needs_a_fresh_proof(acme: Tenant) -> None:
    with organization_scope(acme.organization.id), pytest.raises(ReauthenticationRequired):
        services.offer_ownership(caller=acme.olivia.caller, user_id=acme.adam.user.id)


# --- The organization itself --------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["ab", "-abc", "abc-", "Acme", "a b", "admin", "x" * 51, "ä-b-c"])
def test_slugs_have_rules(acme: Tenant, slug: str) -> None:
    body = {"name": "Fine", "slug": slug}
    assert send(acme.olivia, "POST", "/dashboard/organizations", body).status_code == 422
    assert send(acme.olivia, "PATCH", url(acme), {"slug": slug}).status_code == 422


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "evil\u202ename", "tab\there"])
def test_names_have_rules(acme: Tenant, name: str) -> None:
    assert send(acme.olivia, "PATCH", url(acme), {"name": name}).status_code == 422


def test_a_slug_belongs_to_one(acme: Tenant, globex: Tenant) -> None:
    refused = send(acme.olivia, "PATCH", url(acme), {"slug": "globex"})
    assert (refused.status_code, refused.json()["code"]) == (409, "slug_taken")


def test_settings_change_only_under_the_etag_that_was_read(acme: Tenant) -> None:
    read = send(acme.olivia, "GET", url(acme, "/settings"))
    first = send(
        acme.olivia, "PATCH", url(acme, "/settings"), {"session_idle_minutes": 30}, If_Match=read["ETag"]
    )
    assert (first.status_code, first["ETag"] != read["ETag"]) == (200, True)
    second = send(
        acme.adam, "PATCH", url(acme, "/settings"), {"session_idle_minutes": 90}, If_Match=read["ETag"]
    )
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    assert send(acme.adam, "GET", url(acme, "/settings")).json()["session_idle_minutes"] == 30
    assert send(acme.adam, "PATCH", url(acme), {"name": "New"}, If_Match=first["ETag"]).status_code == 200


@pytest.mark.parametrize("settings", [
    {"session_idle_minutes": 1}, {"session_idle_minutes": 60, "session_absolute_minutes": 30}, {},
    {"allowed_email_domains": ["not a domain"]}, {"require_second_factor": "maybe"},
])  # fmt: skip
def test_settings_have_bounds(acme: Tenant, settings: dict[str, Any]) -> None:
    assert send(acme.olivia, "PATCH", url(acme, "/settings"), settings).status_code == 422


def test_closing_is_confirmed_stops_changes_and_can_be_undone(acme: Tenant) -> None:
    assert send(acme.olivia, "DELETE", url(acme), {"confirmation": "globex"}).status_code == 422
    assert send(acme.adam, "DELETE", url(acme), {"confirmation": "acme"}).status_code == 403
    closing = send(acme.olivia, "DELETE", url(acme), {"confirmation": "acme"})
    assert closing.status_code == 202
    assert acme.mia.client().get("/dashboard/projects").status_code == 200
    refused = send(acme.mia, "POST", "/dashboard/projects", {"name": "Late"})
    assert (refused.status_code, refused.json()["code"]) == (409, "organization_closing")
    assert (
        acme.developer().post("/api/v1/guard", {"input": "Hi"}, content_type="application/json").status_code
        == 401
    )
    assert send(acme.olivia, "POST", url(acme, "/reopen")).json()["closing_at"] is None
    assert send(acme.mia, "POST", "/dashboard/projects", {"name": "Late"}).status_code == 201
    assert (
        acme.developer().post("/api/v1/guard", {"input": "Hi"}, content_type="application/json").status_code
        == 200
    )


def test_after_the_grace_nothing_reopens(acme: Tenant) -> None:
    send(acme.olivia, "DELETE", url(acme), {"confirmation": "acme"})
    with organization_scope(acme.organization.id):
        Organization.objects.filter(id=acme.organization.id).update(closing_at=timezone.now())
    assert send(acme.olivia, "POST", url(acme, "/reopen")).status_code == 409
