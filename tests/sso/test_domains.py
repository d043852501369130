"""Proving a domain by DNS, losing it, and what an operator may override. The name server is real."""

import io
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from promptguard.core.errors import Invalid
from promptguard.core.tenancy import organization_scope
from sso.models import Domain
from sso.services import domains
from tests.people import Tenant
from tests.sso.dnsserver import DnsServer
from tests.sso.hostile import Provider, Reply
from tests.sso.journey import connect, events, own_domain, sign_in

FORM = "application/x-www-form-urlencoded"


def claim(tenant: Tenant, name: str = "acme.example") -> Domain:
    with organization_scope(tenant.organization.id):
        return domains.claim_domain(caller=tenant.owner.caller, name=name)


def check(tenant: Tenant, domain: Domain) -> str:
    return domains.check_domain(caller=tenant.owner.caller, domain=domain).status


def test_a_txt_record_proves_it(acme: Tenant, dns_server: DnsServer) -> None:
    domain = claim(acme)
    assert check(acme, domain) == "pending"
    dns_server.records["_promptguard.acme.example"] = ["something else", domain.proof]
    assert check(acme, domain) == "verified"
    assert len(events("sso.domain_verified")) == 1


def test_one_owner_per_domain(acme: Tenant, globex: Tenant, dns_server: DnsServer) -> None:
    mine, theirs = claim(acme), claim(globex, "acme.example")
    dns_server.records["_promptguard.acme.example"] = [mine.proof, theirs.proof]
    assert check(acme, mine) == "verified"
    with pytest.raises(domains.DomainTaken):
        check(globex, theirs)


def test_a_lost_proof_has_a_week_of_grace(acme: Tenant, dns_server: DnsServer) -> None:
    domain = claim(acme)
    dns_server.records["_promptguard.acme.example"] = [domain.proof]
    assert check(acme, domain) == "verified"
    dns_server.records.clear()
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        assert check(acme, domain) == "failing"
    with time_machine.travel(start + timedelta(days=6), tick=False):
        dns_server.is_broken = True
        assert check(acme, domain) == "failing"
    with time_machine.travel(start + timedelta(days=8), tick=False):
        dns_server.is_broken = False
        assert domains.recheck_domains() == 1
    assert len(events("sso.domain_lapsed")) == 1
    with organization_scope(acme.organization.id):
        assert Domain.all_tenants.get().status == "pending"


def test_silence_proves_nothing(acme: Tenant, dns_server: DnsServer) -> None:
    dns_server.is_broken = True
    assert check(acme, claim(acme)) == "pending"
    assert events("sso.domain_checked")[-1]["pub"]["details"]["record"] == "unknown"


@pytest.mark.parametrize(
    "name",
    [
        "gmail.com",
        "GMAIL.com.",
        "localhost",
        "acme",
        "*.acme.example",
        "a..b",
        "10.0.0.1",
        "x" * 300,
        "a b.c",
    ],
)
def test_names_that_nobody_can_claim(acme: Tenant, name: str) -> None:
    with pytest.raises(Invalid):
        claim(acme, name)


def test_discovery_by_address_is_the_same_for_everybody(acme: Tenant, provider: Provider) -> None:
    connect(acme, provider)
    ask = [Client().post("/dashboard/auth/sso/discover", {"email": each}, "application/json").json()
           for each in ("olivia@acme.example", "nobody@acme.example")]  # fmt: skip
    assert ask == [{"method": "password", "authorize_url": None}] * 2
    own_domain(acme)
    ask = [Client().post("/dashboard/auth/sso/discover", {"email": each}, "application/json").json()
           for each in ("olivia@acme.example", "nobody@acme.example")]  # fmt: skip
    assert ask[0] == ask[1]
    assert ask[0]["method"] == "sso"
    assert ask[0]["authorize_url"].endswith("/dashboard/auth/sso/acme/authorize")


def test_the_doctor_explains(acme: Tenant, provider: Provider) -> None:
    connect(acme, provider)
    assert sign_in(Client(), acme, provider).status_code == 302
    told = io.StringIO()
    call_command("sso_doctor", "acme", stdout=told)
    assert "FAIL" not in told.getvalue()
    provider.replies["/jwks"] = Reply(status=500)
    told = io.StringIO()
    with pytest.raises(CommandError):
        call_command("sso_doctor", stdout=told)
    assert "FAIL keys: The keys were not read: answered with status 500" in told.getvalue()


def test_back_channel_logout_ends_the_session_once(acme: Tenant, provider: Provider) -> None:
    connect(acme, provider)
    browser = Client()
    assert sign_in(browser, acme, provider).status_code == 302
    door, token = "/dashboard/auth/sso/acme/backchannel", provider.logout_token()
    for bad in (
        provider.logout_token(aud="another"),
        provider.logout_token(events={}),
        provider.logout_token(nonce="n"),
        provider.logout_token(sub=None),
        provider.logout_token(iss="https://evil.example"),
        "nonsense",
    ):
        assert Client().post(door, urlencode({"logout_token": bad}), FORM).status_code == 400
    assert browser.get("/dashboard/auth/me").status_code == 200

    assert Client().post(door, f"logout_token={token}", FORM).status_code == 200
    assert browser.get("/dashboard/auth/me").status_code == 401
    assert Client().post(door, f"logout_token={token}", FORM).status_code == 400


def test_our_logout_names_the_provider_s(acme: Tenant, provider: Provider) -> None:
    connect(acme, provider)
    browser = Client()
    sign_in(browser, acme, provider)
    csrf = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    url = browser.post("/dashboard/auth/sso/end-session", headers=csrf).json()["logout_url"]
    assert url.startswith(provider.issuer + "/logout?")
    assert "id_token_hint=" in url
    assert (
        "post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fdashboard%2Fauth%2Fsso%2Facme%2Flogout"
        in url
    )
    assert browser.get("/dashboard/auth/me").status_code == 401
