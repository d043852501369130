"""Invitations: sent by mail, bound to an address, good once, re-checked when taken."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from organizations import accounts, mailing, services
from organizations.models import Invitation, Membership
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.people import ORIGIN, PASSWORD, Person, Tenant, api_client

TOKEN = re.compile(r"#token=([A-Za-z0-9_-]{43})")


def sent(tenant: Tenant, email: str, role: str = "member", by: str = "olivia") -> str:
    """Invite `email`; the token of the link, as the mail brings it."""
    path = f"/dashboard/organizations/{tenant.organization.id}/invitations"
    client = tenant.people[by].client()
    made = client.post(path, {"email": email, "role": role}, content_type="application/json")
    assert made.status_code == 201, made.content
    return mailed_token(email)


def mailed_token(email: str) -> str:
    mailing.send_due_mail()
    message = next(each for each in reversed(mail.outbox) if each.to == [email])
    found = TOKEN.search(str(message.body))
    assert found
    return found[1]


def newcomer(email: str = "nina@newcomer.example") -> Any:
    accounts.sign_up(
        origin=ORIGIN, email=email, password=PASSWORD, personal_organization=False, verified=True
    )
    pair = post(api_client(), "auth/login", {"email": email, "password": PASSWORD}).json()
    return api_client(Authorization=f"Bearer {pair['access_token']}")


def post(client: Any, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"/dashboard/{path}", body, content_type="application/json")


def accept(client: Any, token: str) -> Any:
    return post(client, "invitations/accept", {"token": token})


def member_names(tenant: Tenant) -> set[str]:
    with organization_scope(tenant.organization.id):
        rows = Membership.objects.for_caller(tenant.owner.caller)
        return set(rows.values_list("user__email", flat=True))


def test_an_invitation_is_read_accepted_and_spent(acme: Tenant) -> None:
    nina, token = newcomer(), sent(acme, "nina@newcomer.example")
    offer = post(api_client(), "invitations/preview", {"token": token}).json()
    assert (offer["organization"], offer["role"], offer["invited_by"]) == (
        "Acme",
        "member",
        "olivia@acme.example",
    )
    joined = accept(nina, token)
    assert (joined.status_code, joined.json()["role"]) == (200, "member")
    assert "nina@newcomer.example" in member_names(acme)
    assert accept(nina, token).status_code == 404
    assert nina.get("/dashboard/projects").status_code == 200


def test_somebody_without_an_account_signs_up_and_joins_at_once(acme: Tenant) -> None:
    token = sent(acme, "nora@newcomer.example")
    joined = post(api_client(), "invitations/sign-up", {"token": token, "password": PASSWORD, "name": "Nora"})
    assert joined.status_code == 201, joined.content
    pair = post(api_client(), "auth/login", {"email": "nora@newcomer.example", "password": PASSWORD})
    me = api_client(Authorization=f"Bearer {pair.json()['access_token']}").get("/dashboard/auth/me").json()
    assert me["user"]["email_verified_at"]
    assert sorted(row["role"] for row in me["memberships"]) == ["member", "owner"]


def spoil(acme: Tenant, how: str, token: str) -> str:
    """Make `token` worthless in one of the ways there are."""
    with organization_scope(acme.organization.id):
        rows = Invitation.objects.for_caller(acme.owner.caller)
        invitation = rows.get(accepted_at=None)
        if how == "expired":
            rows.update(expires_at=timezone.now() - timedelta(seconds=1))
        if how == "cancelled":
            services.cancel_invitation(caller=acme.owner.caller, invitation=invitation)
        if how == "superseded":
            services.invite(caller=acme.owner.caller, email=invitation.email, role="viewer")
        if how == "resent":
            services.resend_invitation(caller=acme.owner.caller, invitation=invitation)
    if how == "declined":
        assert post(api_client(), "invitations/decline", {"token": token}).status_code == 204
    if how == "closing":
        with organization_scope(acme.organization.id):
            services.close_organization(caller=acme.owner.signed_in_caller(), confirmation="acme")
    return "x" * 43 if how == "forged" else token


@pytest.mark.parametrize(
    "how",
    ["forged", "expired", "cancelled", "superseded", "resent", "declined", "closing", "somebody else's"],
)
def test_every_worthless_link_gets_the_same_answer(acme: Tenant, how: str) -> None:
    address = "nora@newcomer.example" if how == "somebody else's" else "nina@newcomer.example"
    nina = newcomer()
    token = spoil(acme, how, sent(acme, address))
    answer = accept(nina, token)
    body = {name: value for name, value in answer.json().items() if name != "request_id"}
    assert (answer.status_code, body) == (
        404,
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "This invitation is not valid for you, or not any more. Ask for a new one.",
            "code": "invitation_invalid",
        },
    )
    assert "nina@newcomer.example" not in member_names(acme)


def test_the_sender_is_checked_again_when_the_offer_is_taken(acme: Tenant) -> None:
    nina, token = newcomer(), sent(acme, "nina@newcomer.example", by="adam")
    with organization_scope(acme.organization.id):
        # Behind the service's back, which would have cancelled it.
        Membership.objects.for_caller(acme.owner.caller).filter(user=acme.adam.user).update(role="viewer")
    assert accept(nina, token).status_code == 404


def test_who_is_demoted_takes_their_offers_along(acme: Tenant) -> None:
    nina, token = newcomer(), sent(acme, "nina@newcomer.example", by="adam")
    with organization_scope(acme.organization.id):
        services.change_role(caller=acme.owner.caller, user_id=acme.adam.user.id, role="viewer")
        assert Invitation.objects.for_caller(acme.owner.caller).get().status == "cancelled"
    assert accept(nina, token).status_code == 404


@pytest.mark.parametrize(("by", "role", "status"), [
    ("adam", "admin", 403), ("adam", "owner", 403), ("adam", "member", 201), ("olivia", "owner", 201),
    ("olivia", "emperor", 422),
])  # fmt: skip
def test_nobody_invites_above_their_rank(acme: Tenant, by: str, role: str, status: int) -> None:
    body = {"email": "nina@newcomer.example", "role": role}
    assert (
        post(acme.people[by].client(), f"organizations/{acme.organization.id}/invitations", body).status_code
        == status
    )


def test_only_allowed_domains_join(acme: Tenant) -> None:
    client, base = acme.owner.client(), f"/dashboard/organizations/{acme.organization.id}"
    change = {"allowed_email_domains": ["Acme.example"]}
    assert client.patch(f"{base}/settings", change, content_type="application/json").status_code == 200
    for email, status in (("x@acme.example", 201), ("x@evil.example", 422), ("x@acme.example.evil.com", 422)):
        body = {"email": email, "role": "viewer"}
        assert client.post(f"{base}/invitations", body, content_type="application/json").status_code == status


def test_invitations_are_listed_by_status(acme: Tenant) -> None:
    sent(acme, "a@x.example")
    post(api_client(), "invitations/decline", {"token": sent(acme, "b@x.example")})
    client, base = acme.adam.client(), f"/dashboard/organizations/{acme.organization.id}/invitations"

    def listed(query: str) -> list[str]:
        return sorted(row["email"] for row in client.get(f"{base}{query}").json()["results"])

    assert listed("") == ["a@x.example"]
    assert listed("?status=declined") == ["b@x.example"]
    assert listed("?status=all") == ["a@x.example", "b@x.example"]
    assert client.get(f"{base}?status=lost").status_code == 422


CSV = """email,role
ana@x.example,viewer
Ben@X.example
mia@acme.example,viewer
not an address,viewer
eve@x.example,admin
ana@x.example,member
cy@x.example,emperor

"""
REPORT = [
    (2, "ana@x.example", "invited"),
    (3, "ben@x.example", "invited"),
    (4, "mia@acme.example", "already_member"),
    (5, "not an address", "invalid"),
    (6, "eve@x.example", "above_rank"),
    (7, "ana@x.example", "duplicate"),
    (8, "cy@x.example", "invalid"),
]


@pytest.mark.parametrize("as_file", [True, False])
def test_a_file_of_invitations_reports_each_line(acme: Tenant, as_file: bool) -> None:
    path = f"/dashboard/organizations/{acme.organization.id}/invitations/bulk"
    body, kind = (CSV, "text/csv") if as_file else (json.dumps({"csv": CSV}), "application/json")
    report = acme.adam.client().generic("POST", path, body, kind).json()
    assert report["invited"] == 2
    assert [(row["row"], row["email"], row["status"]) for row in report["rows"]] == REPORT
    mailing.send_due_mail()
    assert {each.to[0] for each in mail.outbox} == {"ana@x.example", "ben@x.example"}


@pytest.mark.parametrize("csv", ["", "email,role\n", 'a@x.example,"open', "a@x.example\n" * 1001])
def test_a_bad_file_invites_nobody(acme: Tenant, csv: str) -> None:
    path = f"organizations/{acme.organization.id}/invitations/bulk"
    assert post(acme.owner.client(), path, {"csv": csv}).status_code == 422
    with platform_scope():
        assert not Invitation.all_tenants.exists()


def test_bytes_that_are_no_text_are_refused(acme: Tenant) -> None:
    path = f"/dashboard/organizations/{acme.organization.id}/invitations/bulk"
    assert acme.owner.client().generic("POST", path, b"\xff\xfe\x00", "text/csv").status_code == 400


def test_the_mail_is_text_and_html_and_escapes_names(acme: Tenant) -> None:
    acme.olivia.user.name = '<img src=x onerror="alert(1)">'
    acme.olivia.user.save()
    sent(acme, "nina@newcomer.example")
    message: Any = mail.outbox[-1]
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert "<img" not in html
    assert "&lt;img" in html
    assert '<img src=x onerror="alert(1)"> invites you' in message.body
    assert "\n" not in message.subject


def test_a_line_break_in_a_name_forges_no_header(acme: Tenant) -> None:
    acme.olivia.user.name = "Olivia\r\nBcc: everybody@x.example"
    acme.olivia.user.save()
    sent(acme, "nina@newcomer.example")
    assert mail.outbox[-1].subject == "Olivia Bcc: everybody@x.example invites you to Acme"
    assert mail.outbox[-1].recipients() == ["nina@newcomer.example"]


def test_a_signed_in_member_of_another_tenant_keeps_both(acme: Tenant, globex: Tenant) -> None:
    mallory: Person = globex.owner
    token = sent(acme, mallory.user.email, "viewer")
    assert accept(mallory.client(), token).status_code == 200
    client = api_client(Authorization=f"Bearer {mallory.token()}")
    assert client.get("/dashboard/projects").json()["code"] == "organization_required"
    for tenant in (acme, globex):
        headers = {"X-Organization-Id": str(tenant.organization.id)}
        rows = client.get("/dashboard/projects", headers=headers).json()["results"]
        assert [row["id"] for row in rows] == [str(tenant.project.id)]
