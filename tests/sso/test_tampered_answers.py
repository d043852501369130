"""The provider is honest, the way back is not: changed, repeated, stolen or crossed callbacks, and what organizations demand."""

import json
import time
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from promptguard.core.tenancy import organization_scope
from sso.models import Connection
from sso.refusals import Reason as R
from tests.people import Tenant
from tests.sso.hostile import Provider
from tests.sso.journey import address, connect, events, refusals, sign_in, start

NOW = int(time.time())


@pytest.mark.parametrize(
    ("answer_of", "reason"),
    [
        (lambda good: {}, R.STATE_UNKNOWN),
        (lambda good: good | {"state": "made-up"}, R.STATE_UNKNOWN),
        (lambda good: good | {"code": "made-up"}, R.TOKEN_REQUEST_FAILED),
        (lambda good: {"state": good["state"], "iss": good["iss"]}, R.ANSWER_INVALID),
        (lambda good: {"state": good["state"], "code": good["code"]}, R.ISSUER_PARAMETER_WRONG),
        (lambda good: good | {"iss": "https://accounts.google.com"}, R.ISSUER_PARAMETER_WRONG),
        (lambda good: good | {"code": [good["code"], "another"]}, R.ANSWER_INVALID),
        (lambda good: good | {"state": [good["state"], "another"]}, R.ANSWER_INVALID),
        (lambda good: good | {"code": "x" * 5000}, R.ANSWER_INVALID),
        (lambda good: good | {"code": "x\x00"}, R.ANSWER_INVALID),
        (
            lambda good: {"error": "access_denied", "state": good["state"], "iss": good["iss"]},
            R.PROVIDER_REFUSED,
        ),
    ],
)
def test_answers_that_were_tampered_with(
    connected: Tenant, provider: Provider, answer_of: Callable[[dict[str, str]], dict[str, str]], reason: R
) -> None:
    browser = Client()
    good = provider.authorize(start(browser, connected))
    assert browser.get(address("sso-callback", connected), answer_of(good)).status_code == 403
    assert refusals() == [reason]
    assert "session" not in browser.cookies


def test_a_state_works_once(connected: Tenant, provider: Provider) -> None:
    browser = Client()
    good = provider.authorize(start(browser, connected))
    assert browser.get(address("sso-callback", connected), good).status_code == 302
    browser.cookies.pop("session")
    assert browser.get(address("sso-callback", connected), good).status_code == 403
    assert refusals() == [R.STATE_UNKNOWN]
    assert "session" not in browser.cookies


def test_a_refusal_of_the_provider_spends_the_state_too(connected: Tenant, provider: Provider) -> None:
    browser = Client()
    good = provider.authorize(start(browser, connected))
    browser.get(
        address("sso-callback", connected),
        {"error": "access_denied", "state": good["state"], "iss": good["iss"]},
    )
    assert browser.get(address("sso-callback", connected), good).status_code == 403
    assert refusals() == [R.PROVIDER_REFUSED, R.STATE_UNKNOWN]


def test_another_browser_cannot_finish(connected: Tenant, provider: Provider) -> None:
    good = provider.authorize(start(Client(), connected))
    assert Client().get(address("sso-callback", connected), good).status_code == 403
    assert refusals() == [R.STATE_UNKNOWN]


def test_the_code_of_another_browser_does_not_fit(connected: Tenant, provider: Provider) -> None:
    """Code injection: PKCE binds the code to the browser that asked for it (RFC 9700, 4.5)."""
    victim, attacker = Client(), Client()
    stolen = provider.authorize(start(victim, connected))
    own = provider.authorize(start(attacker, connected))
    response = attacker.get(address("sso-callback", connected), own | {"code": stolen["code"]})
    assert response.status_code == 403
    assert refusals() == [R.TOKEN_REQUEST_FAILED]


def test_a_callback_on_another_organization_s_url(
    connected: Tenant, globex: Tenant, provider: Provider
) -> None:
    """Mix-up across connections: the state belongs to the connection it was made for."""
    connect(globex, provider)
    browser = Client()
    good = provider.authorize(start(browser, globex))
    assert browser.get(address("sso-callback", connected), good).status_code == 403
    assert refusals() == [R.CONNECTION_MISMATCH]


def test_a_state_grows_old(connected: Tenant, provider: Provider) -> None:
    browser = Client()
    good = provider.authorize(start(browser, connected))
    with time_machine.travel(time.time() + 601, tick=True):
        assert browser.get(address("sso-callback", connected), good).status_code == 403
    assert refusals() == [R.STATE_EXPIRED]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/ok\r\nX: 1",
        "evil.example",
    ],
)
def test_nobody_is_sent_elsewhere(connected: Tenant, provider: Provider, wanted: str) -> None:
    response = sign_in(Client(), connected, provider, next=wanted)
    assert response.status_code == 302
    assert response.headers["Location"] == "/dashboard/auth/sso/signed-in"


def test_a_path_of_ours_is_kept(connected: Tenant, provider: Provider) -> None:
    response = sign_in(Client(), connected, provider, next="/dashboard/projects?limit=5")
    assert response.headers["Location"] == "/dashboard/projects?limit=5"


@pytest.mark.parametrize(
    ("wanted", "told", "reason"),
    [
        ({"required_acr": ["mfa"]}, {"acr": "password"}, R.ACR_INSUFFICIENT),
        ({"required_acr": ["mfa"]}, {}, R.ACR_INSUFFICIENT),
        ({"required_amr": ["otp"]}, {"amr": ["pwd"]}, R.AMR_INSUFFICIENT),
        ({"required_amr": ["otp"]}, {"amr": "otp"}, R.AMR_INSUFFICIENT),
        ({"max_session_minutes": 60}, {"auth_time": NOW - 7200}, R.AUTHENTICATION_TOO_OLD),
        ({"max_session_minutes": 60}, {"auth_time": None}, R.AUTHENTICATION_TOO_OLD),
    ],
)
def test_what_the_organization_demands(
    acme: Tenant, provider: Provider, wanted: dict[str, object], told: dict[str, object], reason: R
) -> None:
    connect(acme, provider, **wanted)
    provider.claims = told
    assert sign_in(Client(), acme, provider).status_code == 403
    assert refusals() == [reason]


def test_a_secret_that_was_moved_does_not_open(connected: Tenant, globex: Tenant, provider: Provider) -> None:
    """A database administrator who copies our sealed secret beside an issuer of their own learns nothing."""
    with organization_scope(connected.organization.id):
        sealed = Connection.all_tenants.get().sealed_secret
    theirs = connect(globex, provider)
    with organization_scope(globex.organization.id):
        Connection.all_tenants.filter(id=theirs.id).update(sealed_secret=sealed)
    assert sign_in(Client(), globex, provider).status_code == 403
    assert refusals() == [R.SECRET_UNREADABLE]


def test_audit_never_repeats_tokens(connected: Tenant, provider: Provider) -> None:
    provider.token_answer = {"access_token": "very-secret-access-token", "token_type": "mac"}
    sign_in(Client(), connected, provider)
    assert "very-secret" not in json.dumps(events("authentication.sso_refused"))
