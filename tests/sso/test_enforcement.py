"""Enforced single sign-on shuts the password, refresh and invitation doors; keys and break-glass stay open."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from organizations import services, sessions
from organizations.models import AuthSession, User
from promptguard.core.tenancy import organization_scope
from sso.enforcement import SsoRequired
from sso.models import Connection, Identity
from tests.people import NEW_PASSWORD, ORIGIN, PASSWORD, Tenant
from tests.sso.hostile import Provider
from tests.sso.journey import connect, events, own_domain, sign_in


@pytest.fixture
def enforced(acme: Tenant, provider: Provider) -> Tenant:
    """Acme owns acme.example; Adam signed in through the provider and enforces it; Olivia has the glass."""
    connection = connect(acme, provider)
    own_domain(acme)
    with organization_scope(acme.organization.id):
        caller = acme.owner.caller
        for person in (acme.adam, acme.olivia):
            Identity.objects.create_for(
                caller, connection=connection, issuer=provider.issuer, subject=person.user.email, user=person.user,
                email=person.user.email, last_sign_in_at=timezone.now(),
            )  # fmt: skip
    response = acme.adam.client().patch(
        f"/dashboard/organizations/{acme.organization.id}/sso",
        {"is_enforced": True, "break_glass_user_id": str(acme.olivia.user.id)},
        "application/json",
    )
    assert response.status_code == 200, response.content
    return acme


def test_passwords_are_refused_after_the_proof(enforced: Tenant) -> None:
    with pytest.raises(SsoRequired):
        sessions.sign_in(origin=ORIGIN, email="mia@acme.example", password=PASSWORD)
    with pytest.raises(sessions.SignInFailed):
        sessions.sign_in(origin=ORIGIN, email="mia@acme.example", password="wrong")
    assert events("authentication.failed")[-2]["pub"]["details"]["reason"] == "sso_required"


def test_the_answer_says_where_to_go(enforced: Tenant) -> None:
    body = {"email": "mia@acme.example", "password": PASSWORD}
    response = Client().post("/dashboard/auth/login", body, "application/json")
    assert response.status_code == 403
    assert response.json()["code"] == "sso_required"
    assert response.json()["authorize_path"] == "/dashboard/auth/sso/acme/authorize"


def test_the_break_glass_owner_comes_in_loudly(enforced: Tenant) -> None:
    sessions.sign_in(origin=ORIGIN, email="olivia@acme.example", password=PASSWORD)
    (event,) = events("sso.break_glass_used")
    assert event["severity"] == "critical"


def test_sessions_from_before_end_and_cannot_be_refreshed(
    acme: Tenant, request: pytest.FixtureRequest
) -> None:
    before = sessions.sign_in(origin=ORIGIN, email="mia@acme.example", password=PASSWORD)
    request.getfixturevalue("enforced")
    AuthSession.objects.get(id=before.session.id, revoked_at__isnull=False)
    AuthSession.objects.filter(id=before.session.id).update(revoked_at=None)
    with pytest.raises(SsoRequired):
        sessions.refresh(origin=ORIGIN, refresh_token=before.refresh_token)


def test_sessions_through_the_provider_go_on(enforced: Tenant, provider: Provider) -> None:
    browser = Client()
    assert sign_in(browser, enforced, provider).status_code == 302
    pair = browser.post("/dashboard/auth/sso/token", headers=csrf(browser)).json()
    assert sessions.refresh(origin=ORIGIN, refresh_token=pair["refresh_token"]).access_token


def csrf(browser: Client) -> dict[str, str]:
    return {"X-CSRFToken": browser.cookies["csrftoken"].value}


def test_invitations_are_refused(enforced: Tenant) -> None:
    signed_in = sessions.sign_in(origin=ORIGIN, email="olivia@acme.example", password=PASSWORD)
    response = Client(headers={"Authorization": f"Bearer {signed_in.access_token}"}).post(
        f"/dashboard/organizations/{enforced.organization.id}/invitations",
        {"email": "friend@acme.example", "role": "viewer"},
        "application/json",
    )
    assert response.status_code == 403
    assert response.json()["code"] == "sso_required"


def test_an_invitation_from_before_cannot_be_sent_again(acme: Tenant, request: pytest.FixtureRequest) -> None:
    with organization_scope(acme.organization.id):
        early, token = services.invite(caller=acme.owner.caller, email="friend@acme.example", role="viewer")
    request.getfixturevalue("enforced")
    signed_up = {"token": token, "password": NEW_PASSWORD, "name": "Friend"}
    response = Client().post("/dashboard/invitations/sign-up", signed_up, "application/json")
    assert (response.status_code, response.json()["code"]) == (403, "sso_required")
    assert not User.objects.filter(email="friend@acme.example").exists()
    with organization_scope(acme.organization.id), pytest.raises(SsoRequired):
        services.resend_invitation(caller=acme.owner.caller, invitation=early)


def test_one_line_that_is_refused_stops_no_other(enforced: Tenant) -> None:
    lines = "friend@acme.example\nguest@elsewhere.example"
    rows = services.invite_many(caller=enforced.owner.caller, csv_text=lines)
    assert [row.status for row in rows] == ["refused", "invited"]


@pytest.fixture
def offer(globex: Tenant) -> Callable[[str], str]:
    """Globex invites somebody of Acme: the link's token."""

    def invite(email: str) -> str:
        with organization_scope(globex.organization.id):
            return services.invite(caller=globex.owner.caller, email=email, role="viewer")[1]

    return invite


def accept(browser: Client, token: str, **headers: str) -> HttpResponse:
    door = "/dashboard/invitations/accept"
    return browser.post(door, {"token": token}, "application/json", headers=headers)  # type: ignore[return-value]


def test_other_organizations_invitations_are_taken_on_a_session_of_the_provider_s(
    acme: Tenant, provider: Provider, offer: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    before = sessions.sign_in(origin=ORIGIN, email="mia@acme.example", password=PASSWORD)
    request.getfixturevalue("enforced")
    # A session that escaped the end of all others.
    AuthSession.objects.filter(id=before.session.id).update(revoked_at=None)
    bearer = {"Authorization": f"Bearer {before.access_token}"}
    refused = accept(Client(), offer("mia@acme.example"), **bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "sso_required")  # type: ignore[attr-defined]

    browser = Client()
    assert sign_in(browser, acme, provider).status_code == 302
    assert accept(browser, offer("new@acme.example"), **csrf(browser)).status_code == 200


def test_break_glass_opens_the_invitation_door_too(enforced: Tenant, offer: Callable[[str], str]) -> None:
    signed_in = sessions.sign_in(origin=ORIGIN, email="olivia@acme.example", password=PASSWORD)
    bearer = {"Authorization": f"Bearer {signed_in.access_token}"}
    assert accept(Client(), offer("olivia@acme.example"), **bearer).status_code == 200


def test_keys_work_on(enforced: Tenant) -> None:
    response = enforced.developer().post("/api/v1/security/scan", {"content": "Hello"}, "application/json")
    assert response.status_code == 200


def test_other_domains_are_not_concerned(enforced: Tenant, globex: Tenant) -> None:
    sessions.sign_in(origin=ORIGIN, email="mallory@globex.example", password=PASSWORD)


def test_the_pair_is_handed_out_once(connected: Tenant, provider: Provider) -> None:
    browser = Client()
    sign_in(browser, connected, provider)
    first = browser.post("/dashboard/auth/sso/token", headers=csrf(browser))
    assert first.status_code == 200
    bearer = Client(headers={"Authorization": f"Bearer {first.json()['access_token']}"})
    assert bearer.get("/dashboard/auth/me").json()["user"]["email"] == "new@acme.example"
    assert browser.post("/dashboard/auth/sso/token", headers=csrf(browser)).status_code == 409


def test_a_sign_in_through_the_provider_of_before_proves_nothing(acme: Tenant, provider: Provider) -> None:
    connection = connect(acme, provider)
    own_domain(acme)
    with organization_scope(acme.organization.id):
        Identity.objects.create_for(
            acme.owner.caller, connection=connection, issuer="https://before.example.com", subject="s",
            user=acme.olivia.user, email="olivia@acme.example", last_sign_in_at=timezone.now(),
        )  # fmt: skip
    response = acme.olivia.client().patch(
        f"/dashboard/organizations/{acme.organization.id}/sso",
        {"is_enforced": True, "break_glass_user_id": str(acme.olivia.user.id)},
        "application/json",
    )
    assert (response.status_code, response.json()["code"]) == (409, "enforcement_refused")


@pytest.mark.parametrize("missing", ["domain", "glass", "own sign-in", "a member's glass"])
def test_nobody_locks_their_organization_out(acme: Tenant, provider: Provider, missing: str) -> None:
    connection = connect(acme, provider)
    if missing != "domain":
        own_domain(acme)
    if missing != "own sign-in":
        with organization_scope(acme.organization.id):
            Identity.objects.create_for(
                acme.owner.caller, connection=connection, issuer=provider.issuer, subject="s", user=acme.olivia.user,
                email="olivia@acme.example", last_sign_in_at=timezone.now(),
            )  # fmt: skip
    glass = {"glass": None, "a member's glass": str(acme.mia.user.id)}.get(missing, str(acme.olivia.user.id))
    response = acme.olivia.client().patch(
        f"/dashboard/organizations/{acme.organization.id}/sso",
        {"is_enforced": True, "break_glass_user_id": glass},
        "application/json",
    )
    assert response.status_code in (409, 422)
    with organization_scope(acme.organization.id):
        assert not Connection.all_tenants.get().is_enforced
