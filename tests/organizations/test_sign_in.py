"""Every way in and out: passwords, second factors, links by mail, sessions, access tokens."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP

from organizations import mailing, sessions
from organizations.models import (
    AuthSession,
    OutgoingMail,
    PersonalAccessToken,
    RecoveryCode,
    SecondFactor,
    User,
)
from promptguard.core.errors import Invalid
from promptguard.core.tenancy import platform_scope
from tests.people import NEW_PASSWORD, ORIGIN, PASSWORD, Person, Tenant, api_client

TOKEN = re.compile(r"#token=([A-Za-z0-9_-]{43})")


def post(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/dashboard/auth/{path}", body or {}, content_type="application/json")


def login(person: Person, password: str = PASSWORD, **more: str) -> Any:
    return post(api_client(), "login", {"email": person.user.email, "password": password} | more)


def mailed_token() -> str:
    mailing.send_due_mail()
    found = TOKEN.search(str(mail.outbox[-1].body))
    assert found
    return found[1]


def is_in(client: Any) -> bool:
    return bool(client.get("/dashboard/auth/me").status_code == 200)


# --- Passwords ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "qwertyuiop123", "nora@newcomer.example", "aaaaaaaaaaaaaa", "letmeinletmein", "iloveyou2024!", "Nora Newcomer"],
)  # fmt: skip
def test_weak_and_leaked_passwords_are_refused(db: None, password: str) -> None:
    body = {"email": "nora@newcomer.example", "name": "Nora Newcomer", "password": password}
    refused = post(api_client(), "signup", body)
    assert (refused.status_code, refused.json()["errors"][0]["type"]) == (422, "weak_password")
    assert f'"{password}"' not in refused.content.decode()


def test_a_very_long_password_costs_no_time(db: None) -> None:
    from organizations.passwords import set_password

    user = User(email="long@newcomer.example")
    set_password(user, "correct horse battery staple " * 17)
    with pytest.raises(Invalid):
        set_password(user, "a" * 512)


def test_a_password_change_ends_every_other_session(acme: Tenant) -> None:
    here, there = acme.mia.client(), acme.mia.client()
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert post(here, "password/change", body).status_code == 204
    assert (is_in(here), is_in(there)) == (True, False)
    assert (login(acme.mia).status_code, login(acme.mia, NEW_PASSWORD).status_code) == (401, 200)


def test_a_password_change_needs_the_old_one(acme: Tenant) -> None:
    body = {"current_password": "wrong", "new_password": NEW_PASSWORD}
    assert post(acme.mia.client(), "password/change", body).status_code == 401
    assert login(acme.mia).status_code == 200


def test_a_reset_ends_every_session_and_its_link_works_once(acme: Tenant) -> None:
    client = acme.mia.client()
    assert post(api_client(), "password/reset", {"email": " MIA@acme.example"}).status_code == 202
    token = mailed_token()
    confirm = {"token": token, "password": NEW_PASSWORD}
    assert post(api_client(), "password/reset/confirm", confirm | {"password": "short"}).status_code == 422
    assert post(api_client(), "password/reset/confirm", confirm).status_code == 204
    assert not is_in(client)
    assert login(acme.mia, NEW_PASSWORD).status_code == 200
    again = post(api_client(), "password/reset/confirm", confirm)
    assert (again.status_code, again.json()["code"]) == (400, "link_invalid")


def test_a_newer_link_supersedes_the_older_and_each_is_for_one_purpose(acme: Tenant) -> None:
    post(api_client(), "password/reset", {"email": acme.mia.user.email})
    old = mailed_token()
    post(api_client(), "password/reset", {"email": acme.mia.user.email})
    new = mailed_token()
    assert post(api_client(), "verify-email", {"token": new}).status_code == 400
    statuses = [
        post(api_client(), "password/reset/confirm", {"token": token, "password": NEW_PASSWORD}).status_code
        for token in (old, new)
    ]
    assert statuses == [400, 204]


def test_links_expire(acme: Tenant) -> None:
    from organizations.models import AccountLink

    post(api_client(), "password/reset", {"email": acme.mia.user.email})
    token = mailed_token()
    AccountLink.objects.update(expires_at=timezone.now())
    body = {"token": token, "password": NEW_PASSWORD}
    assert post(api_client(), "password/reset/confirm", body).status_code == 400


# --- Addresses ----------------------------------------------------------------------------------------


def test_where_mail_is_sent_an_address_is_proven_first(db: None, settings: Any) -> None:
    settings.EMAIL_VERIFICATION_REQUIRED = True
    credentials = {"email": "nora@newcomer.example", "password": PASSWORD}
    assert post(api_client(), "signup", credentials).json()["verification"] == "required"
    early, unknown = (
        post(api_client(), "login", credentials),
        post(api_client(), "login", credentials | {"email": "x@y.example"}),
    )
    assert {name: value for name, value in early.json().items() if name != "request_id"} == {
        name: value for name, value in unknown.json().items() if name != "request_id"
    }
    assert post(api_client(), "verify-email", {"token": mailed_token()}).json()["email_verified_at"]
    assert post(api_client(), "login", credentials).status_code == 200


def test_without_a_mail_server_an_account_works_at_once(db: None) -> None:
    credentials = {"email": "nora@newcomer.example", "password": PASSWORD}
    assert post(api_client(), "signup", credentials).json()["verification"] == "optional"
    pair = post(api_client(), "login", credentials).json()
    client = api_client(Authorization=f"Bearer {pair['access_token']}")
    me = client.get("/dashboard/auth/me").json()
    assert [row["role"] for row in me["memberships"]] == ["owner"]
    assert [row["name"] for row in client.get("/dashboard/projects").json()["results"]] == ["Production"]


def test_signing_up_twice_tells_the_owner_of_the_address_and_nobody_else(acme: Tenant) -> None:
    users = User.objects.count()
    answers = [
        post(api_client(), "signup", {"email": email, "password": NEW_PASSWORD, "name": "N"})
        for email in (acme.mia.user.email, "nora@newcomer.example")
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() | {"email": ""} == answers[1].json() | {"email": ""}
    assert User.objects.count() == users + 1
    assert login(acme.mia).status_code == 200
    mailing.send_due_mail()
    subjects = {each.to[0]: each.subject for each in mail.outbox}
    assert subjects == {
        acme.mia.user.email: "You have an account already",
        "nora@newcomer.example": "Verify your address",
    }


def wrong_code(secret: str) -> str:
    app, right = TOTP(base64.b32decode(secret)), set()
    for app.drift in (-1, 0, 1):
        right.add(app.token())
    return next(f"{code:06}" for code in range(4) if code not in right)


# --- The second factor --------------------------------------------------------------------------------


def test_a_second_factor_is_set_up_asked_for_and_spent(acme: Tenant) -> None:
    client = acme.mia.client()
    begun = post(client, "2fa")
    assert begun.status_code == 201
    assert begun.json()["otpauth_uri"].startswith("otpauth://totp/PromptGuard:mia%40acme.example?secret=")
    assert login(acme.mia).status_code == 200, "not in force before the first code"
    assert post(client, "2fa/confirm", {"otp": wrong_code(begun.json()["secret"])}).status_code == 422
    SecondFactor.objects.all().delete()
    app, recovery = acme.mia.switch_second_factor_on()
    bare = login(acme.mia)
    assert (bare.status_code, bare.json()["code"]) == (401, "second_factor_required")
    spent = f"{app.token():06}"
    assert login(acme.mia, otp=spent).json()["code"] == "invalid_second_factor"
    app.drift = 1
    assert login(acme.mia, otp=f"{app.token():06}").status_code == 200
    assert login(acme.mia, otp=f"{app.token():06}").status_code == 401, "a code works once"
    assert login(acme.mia, otp=recovery[0].upper()).status_code == 200
    assert login(acme.mia, otp=recovery[0]).status_code == 401
    assert login(acme.mia, "wrong", otp=recovery[1]).json()["code"] == "invalid_credentials"


def test_the_secret_and_the_recovery_codes_lie_nowhere_in_the_clear(acme: Tenant) -> None:
    app, recovery = acme.mia.switch_second_factor_on()
    assert app.key not in bytes(SecondFactor.objects.get().sealed_secret)
    stored = b"".join(bytes(each.code_hash) for each in RecoveryCode.objects.all())
    assert not any(code.encode() in stored for code in recovery)
    assert len(recovery) == RecoveryCode.objects.count() == 10


def test_a_required_second_factor_ends_the_sessions_without_one(acme: Tenant) -> None:
    mia, settings_url = acme.mia.client(), f"/dashboard/organizations/{acme.organization.id}/settings"
    change = {"require_second_factor": True}
    refused = acme.olivia.client().patch(settings_url, change, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "second_factor_missing")
    app, _ = acme.olivia.switch_second_factor_on()
    app.drift = 1
    pair = login(acme.olivia, otp=f"{app.token():06}").json()
    olivia = api_client(Authorization=f"Bearer {pair['access_token']}")
    assert olivia.patch(settings_url, change, content_type="application/json").status_code == 200
    assert not is_in(mia)
    assert olivia.get("/dashboard/projects").status_code == 200
    again = acme.mia.client()
    demanded = again.get("/dashboard/projects")
    assert (demanded.status_code, demanded.json()["code"]) == (403, "second_factor_required")
    assert is_in(again), "the doors about the person stay open, to set a second factor up"
    assert post(again, "2fa").status_code == 201


def test_a_required_second_factor_cannot_be_switched_off(acme: Tenant) -> None:
    acme.olivia.switch_second_factor_on()
    with platform_scope():
        acme.organization.require_second_factor = True
        acme.organization.save()
    session = AuthSession.objects.latest("created_at")
    from organizations.second_factor import SecondFactorNeeded, disable_second_factor

    with pytest.raises(SecondFactorNeeded):
        disable_second_factor(caller=sessions.person(acme.olivia.user.id, ORIGIN, session.id))


def test_operators_sign_in_with_their_second_factor(acme: Tenant) -> None:
    User.objects.filter(id=acme.mia.user.id).update(is_staff=True, is_superuser=True)
    app, _ = acme.mia.switch_second_factor_on()
    app.drift = 1
    page, form = reverse("admin:login"), {"username": acme.mia.user.email, "password": PASSWORD}
    client = Client()
    assert b'name="otp"' in client.get(page).content
    assert client.post(page, form).status_code == 200
    assert client.post(page, form | {"password": "wrong", "otp": f"{app.token():06}"}).status_code == 200
    assert client.get(reverse("admin:index")).status_code == 302
    assert client.post(page, form | {"otp": f"{app.token():06}"}).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200


# --- Sessions -----------------------------------------------------------------------------------------


def test_devices_are_listed_and_signed_out(acme: Tenant) -> None:
    here, there = acme.mia.client(), acme.mia.client()
    rows = here.get("/dashboard/auth/sessions").json()["results"]
    assert [row["is_current"] for row in rows].count(True) == 1
    other = next(row["id"] for row in rows if not row["is_current"])
    assert here.delete(f"/dashboard/auth/sessions/{other}").status_code == 204
    assert (is_in(here), is_in(there)) == (True, False)
    third = acme.mia.client()
    assert here.delete("/dashboard/auth/sessions").status_code == 204
    assert (is_in(here), is_in(third)) == (True, False)


def test_nobody_signs_somebody_else_out(acme: Tenant, globex: Tenant) -> None:
    session = sessions.sign_in(origin=ORIGIN, email=acme.mia.user.email, password=PASSWORD).session
    for stranger in (globex.owner, acme.olivia):
        assert stranger.client().delete(f"/dashboard/auth/sessions/{session.id}").status_code == 404


@pytest.mark.parametrize(
    ("limit", "aged", "open_"),
    [
        ("session_idle_minutes", "last_seen_at", False),
        ("session_absolute_minutes", "created_at", False),
        (None, "last_seen_at", True),
    ],
)
def test_an_organization_limits_its_members_sessions(
    acme: Tenant, limit: str | None, aged: str, open_: bool
) -> None:
    pair = login(acme.mia).json()
    client = api_client(Authorization=f"Bearer {pair['access_token']}")
    with platform_scope():
        if limit:
            setattr(acme.organization, limit, 30)
        acme.organization.save()
    AuthSession.objects.update(**{aged: timezone.now() - timedelta(minutes=29)})
    assert is_in(client)
    AuthSession.objects.update(**{aged: timezone.now() - timedelta(minutes=31)})
    assert is_in(client) == open_
    refreshed = post(api_client(), "refresh", {"refresh_token": pair["refresh_token"]})
    assert (refreshed.status_code == 200) == open_


def test_a_refresh_token_used_twice_ends_the_session(acme: Tenant) -> None:
    pair = login(acme.mia).json()
    renewed = post(api_client(), "refresh", {"refresh_token": pair["refresh_token"]}).json()
    client = api_client(Authorization=f"Bearer {renewed['access_token']}")
    assert is_in(client)
    assert post(api_client(), "refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
    assert not is_in(client)
    assert post(api_client(), "refresh", {"refresh_token": renewed["refresh_token"]}).status_code == 401


def test_a_proof_by_code_marks_the_session(acme: Tenant) -> None:
    app, _ = acme.mia.switch_second_factor_on()
    app.drift = 1
    signed_in = sessions.sign_in(
        origin=ORIGIN, email=acme.mia.user.email, password=PASSWORD, otp=f"{app.token():06}"
    )
    AuthSession.objects.update(authenticated_at=timezone.now() - timedelta(hours=1))
    client = api_client(Authorization=f"Bearer {signed_in.access_token}")
    assert post(client, "2fa/recovery-codes").json()["code"] == "reauthentication_required"
    assert post(client, "reauthenticate", {"password": "wrong"}).status_code == 401
    assert post(client, "reauthenticate").status_code == 422
    assert post(client, "reauthenticate", {"password": PASSWORD}).status_code == 204
    assert post(client, "2fa/recovery-codes").status_code == 201


# --- Personal access tokens ---------------------------------------------------------------------------


def new_token(person: Person, permissions: list[str], **more: Any) -> Any:
    path = f"/dashboard/organizations/{person.organization.id}/access-tokens"
    body = {"name": "Automation", "permissions": permissions} | more
    return person.client().post(path, body, content_type="application/json")


def test_an_access_token_does_what_it_was_made_for(acme: Tenant, globex: Tenant) -> None:
    text = new_token(acme.mia, ["project:read"]).json()["token"]
    client = api_client(Authorization=f"Bearer {text}")
    assert re.fullmatch(r"pgp_[A-Za-z0-9_-]{43}", text)
    assert client.get("/dashboard/projects").status_code == 200
    assert (
        client.post("/dashboard/projects", {"name": "x"}, content_type="application/json").status_code == 403
    )
    assert client.get(f"/dashboard/organizations/{globex.organization.id}").status_code == 404
    assert post(client, "logout").status_code == 403
    assert post(client, "password/change", {}).status_code == 403
    assert client.get("/dashboard/auth/me").json()["permissions"] == ["account:read", "project:read"]
    with platform_scope():
        row = PersonalAccessToken.all_tenants.get()
        assert row.last_used_at
        assert text.encode() not in bytes(row.token_hash)


@pytest.mark.parametrize("how", ["revoked", "expired", "removed", "inactive", "demoted", "closed"])
def test_an_access_token_ends_with_what_it_rests_on(acme: Tenant, how: str) -> None:
    made = new_token(acme.mia, ["api_key:read"]).json()
    client = api_client(Authorization=f"Bearer {made['token']}")
    assert client.get("/dashboard/api-keys").status_code == 200
    base = f"/dashboard/organizations/{acme.organization.id}"
    if how == "revoked":
        assert acme.mia.client().delete(f"{base}/access-tokens/{made['id']}").status_code == 204
    if how == "expired":
        with platform_scope():
            PersonalAccessToken.all_tenants.update(expires_at=timezone.now())
    if how == "removed":
        acme.olivia.client().delete(f"{base}/members/{acme.mia.user.id}")
    if how == "inactive":
        User.objects.filter(id=acme.mia.user.id).update(is_active=False)
    if how == "demoted":
        path = f"{base}/members/{acme.mia.user.id}"
        acme.olivia.client().patch(path, {"role": "viewer"}, content_type="application/json")
    if how == "closed":
        acme.olivia.client().delete(base, {"confirmation": "acme"}, content_type="application/json")
    assert client.get("/dashboard/api-keys").status_code == (403 if how == "demoted" else 401)


@pytest.mark.parametrize(("permissions", "more", "status"), [
    (["audit:read"], {}, 403), (["account:manage"], {}, 422), ([], {}, 422), (["no:such"], {}, 422),
    (["project:read"], {"expires_at": "2020-01-01T00:00:00Z"}, 422),
    (["project:read"], {"expires_at": "2120-01-01T00:00:00Z"}, 422),
])  # fmt: skip
def test_an_access_token_has_bounds(acme: Tenant, permissions: list[str], more: Any, status: int) -> None:
    assert new_token(acme.mia, permissions, **more).status_code == status


def test_an_owner_s_token_is_no_owner(acme: Tenant) -> None:
    text = new_token(acme.olivia, ["member:write"]).json()["token"]
    client = api_client(Authorization=f"Bearer {text}")
    path = f"/dashboard/organizations/{acme.organization.id}/members/{acme.mia.user.id}"
    for role in ("owner", "admin", "viewer"):
        answer = client.patch(path, {"role": role}, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "above_own_rank")


def test_nobody_reads_or_revokes_another_s_tokens(acme: Tenant) -> None:
    made = new_token(acme.mia, ["project:read"]).json()
    base = f"/dashboard/organizations/{acme.organization.id}/access-tokens"
    assert acme.olivia.client().get(base).json()["results"] == []
    assert acme.olivia.client().delete(f"{base}/{made['id']}").status_code == 404
    assert "token" not in acme.mia.client().get(base).json()["results"][0]


# --- Mail ---------------------------------------------------------------------------------------------


class BrokenServer:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError("no mail server here")


def test_mail_that_cannot_be_sent_is_kept_and_sent_later(acme: Tenant, settings: Any) -> None:
    post(api_client(), "password/reset", {"email": acme.mia.user.email})
    good, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.BrokenServer"
    assert mailing.send_due_mail() == 0
    waiting = OutgoingMail.objects.get()
    assert (waiting.attempts, waiting.due_at > timezone.now()) == (1, True)
    settings.EMAIL_BACKEND = good
    assert mailing.send_due_mail() == 0, "not due yet"
    OutgoingMail.objects.update(due_at=timezone.now())
    assert mailing.send_due_mail() == 1
    assert not OutgoingMail.objects.exists()


def test_waiting_mail_is_sealed(acme: Tenant) -> None:
    from organizations import services
    from promptguard.core.tenancy import organization_scope

    with organization_scope(acme.organization.id):
        _, token = services.invite(caller=acme.owner.caller, email="nina@newcomer.example", role="viewer")
    assert token.encode() not in bytes(OutgoingMail.objects.get().sealed_context)


@pytest.mark.parametrize("page", ["invitation", "ownership", "password", "verify"])
def test_the_links_lead_to_pages(db: None, page: str) -> None:
    answer = api_client().get(f"/links/{page}")
    assert answer.status_code == 200
    assert answer["Referrer-Policy"] == "no-referrer"
    assert api_client().get("/links/elsewhere").status_code == 404
