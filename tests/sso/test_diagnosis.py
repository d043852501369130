"""Testing a connection: each thing that can be wrong is named by its own step, in words that say what to change."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from promptguard.core.tenancy import organization_scope
from sso import calls
from sso.models import Connection
from tests.people import Tenant
from tests.sso.hostile import Provider, Reply
from tests.sso.journey import connect, events, sign_in

WELL_KNOWN = "/.well-known/openid-configuration"
WALK = [
    "secret", "discovery", "clock", "endpoints", "algorithms", "keys", "token_endpoint", "userinfo", "logout", "sign_in",
]  # fmt: skip


def diagnosed(tenant: Tenant) -> dict[str, Any]:
    door = f"/dashboard/organizations/{tenant.organization.id}/sso/test"
    response = tenant.adam.client().post(door, {}, "application/json")
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def test_a_good_connection_passes_each_step(connected: Tenant, provider: Provider) -> None:
    assert sign_in(Client(), connected, provider).status_code == 302
    told = diagnosed(connected)
    assert [step["step"] for step in told["steps"]] == WALK
    assert told["ok"], told
    assert told["authorize_url"].endswith("/dashboard/auth/sso/acme/authorize")
    assert events("sso.connection_tested")[-1]["pub"]["details"]["failed"] == []


def test_until_somebody_signed_in_one_step_is_open(connected: Tenant) -> None:
    told = diagnosed(connected)
    assert [step["step"] for step in told["steps"] if not step["ok"]] == ["sign_in"]
    assert "open `authorize_url`" in told["steps"][-1]["explanation"]


@dataclass(frozen=True)
class Fault:
    """`step` is the one that must fail, with `words` in its explanation; `last` when nothing can follow it."""

    name: str
    step: str
    words: str
    make: Callable[[Provider], Any]
    last: bool = False

    def __str__(self) -> str:
        return self.name


def reply(path: str, **parts: Any) -> Callable[[Provider], Any]:
    return lambda provider: provider.replies.update({path: Reply(**parts)})


def document(**changes: Any) -> Callable[[Provider], Any]:
    return lambda provider: provider.document.update(changes)


def put(**changes: Any) -> Callable[[Provider], Any]:
    return lambda provider: vars(provider).update(changes)


FAULTS = [
    Fault("no discovery", "discovery", "answered with status 404", reply(WELL_KNOWN, status=404), last=True),
    Fault("a web page for discovery", "discovery", "not JSON", reply(WELL_KNOWN, body=b"<html>"), last=True),
    Fault("slow discovery", "discovery", "took too long", reply(WELL_KNOWN, pause_seconds=30), last=True),
    Fault("another issuer", "discovery", "of another issuer: 'https://a.example.com/'",
          document(issuer="https://a.example.com/"), last=True),
    Fault("no issuer", "discovery", "of another issuer: none", document(issuer=None), last=True),
    Fault("a clock ten years slow", "clock", "check NTP", put(date="Wed, 23 Nov 2016 10:00:00 GMT")),
    Fault("no token endpoint", "endpoints", "token_endpoint: missing", document(token_endpoint=None), last=True),
    Fault("a plain endpoint", "endpoints", "jwks_uri: the URL must begin with https://",
          document(jwks_uri="http://idp.example.com/"), last=True),
    Fault("secrets for signatures", "algorithms", "Choose RS256 or ES256",
          document(id_token_signing_alg_values_supported=["HS256"])),
    Fault("keys that fail", "keys", "answered with status 500", reply("/jwks", status=500)),
    Fault("no keys", "keys", "holds no public RSA", put(keys=[])),
    Fault("keys in a private network", "keys", "public addresses only", document(jwks_uri="https://10.0.0.1/")),
    Fault("a wrong secret", "token_endpoint", "does not accept this client id", put(denies_client=True)),
    Fault("a token endpoint that fails", "token_endpoint", "status 503", reply("/token", status=503)),
    Fault("a token endpoint that is gone", "token_endpoint", "cannot be resolved",
          document(token_endpoint="https://gone.example.org/")),
    Fault("userinfo that fails", "userinfo", "status 500", reply("/userinfo", status=500)),
    Fault("userinfo that is gone", "userinfo", "cannot be resolved",
          document(userinfo_endpoint="https://gone.example.org/")),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_is_named(
    fault: Fault, connected: Tenant, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "TIMEOUT_SECONDS", 1.0)
    assert sign_in(Client(), connected, provider).status_code == 302
    fault.make(provider)
    told = diagnosed(connected)
    [failed] = [step for step in told["steps"] if not step["ok"]]
    assert (failed["step"], told["ok"]) == (fault.step, False)
    assert fault.words in failed["explanation"]
    assert (told["steps"][-1] == failed) is fault.last


def test_every_step_can_fail() -> None:
    assert {fault.step for fault in FAULTS} | {"secret", "sign_in", "logout"} == set(WALK)


def test_a_secret_that_does_not_open(connected: Tenant) -> None:
    with organization_scope(connected.organization.id):
        Connection.all_tenants.update(sealed_secret=b"nothing that we sealed")
    [first, *rest] = diagnosed(connected)["steps"]
    assert (first["step"], first["ok"]) == ("secret", False)
    assert "Enter it again" in first["explanation"]
    assert "token_endpoint" not in {step["step"] for step in rest}


def test_an_issuer_that_a_rule_forbids_since(connected: Tenant) -> None:
    with organization_scope(connected.organization.id):
        Connection.all_tenants.update(
            issuer="https://login.microsoftonline.com/common/v2.0", sealed_secret=b""
        )
    told = diagnosed(connected)
    assert told["steps"][-1]["step"] == "issuer"
    assert "names one tenant by its id" in told["steps"][-1]["explanation"]


def test_a_provider_without_logout_is_no_fault(connected: Tenant, provider: Provider) -> None:
    provider.document = {"end_session_endpoint": None}
    step = next(each for each in diagnosed(connected)["steps"] if each["step"] == "logout")
    assert step["ok"]
    assert "offers no logout" in step["explanation"]


def test_the_doctor_walks_every_connection_and_fails_loudly(
    connected: Tenant, globex: Tenant, provider: Provider
) -> None:
    connect(globex, provider)
    assert sign_in(Client(), connected, provider).status_code == 302
    told = io.StringIO()
    call_command("sso_doctor", "acme", stdout=told)
    assert told.getvalue().count("  ok   ") == len(WALK)
    told = io.StringIO()
    with pytest.raises(CommandError, match="1 steps failed"):
        call_command("sso_doctor", stdout=told)
    assert "globex: " in told.getvalue()
    assert "FAIL sign_in: Nobody has signed in yet" in told.getvalue()
    with pytest.raises(CommandError, match="no identity provider"):
        call_command("sso_doctor", "nobody")
    assert "s3cret" not in told.getvalue()
