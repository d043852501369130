"""A sign-in that is as it should be."""

from django.test import Client
from django.urls import reverse

from organizations.models import Membership, User
from organizations.networks.services import allow_network
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.people import Tenant
from tests.sso.hostile import EC_KEY, Provider
from tests.sso.journey import events, refusals, sign_in, start


def test_a_new_colleague_is_provisioned_and_signed_in(connected: Tenant, provider: Provider) -> None:
    browser = Client()
    response = sign_in(browser, connected, provider)
    assert response.status_code == 302
    assert response.headers["Location"] == reverse("dashboard:sso-signed-in")
    me = browser.get("/dashboard/auth/me").json()
    assert me["user"]["email"] == "new@acme.example"
    assert [each["slug"] for each in me["memberships"]] == ["acme"]
    user = User.objects.get(email="new@acme.example")
    assert not user.has_usable_password()
    with platform_scope():
        assert Membership.all_tenants.get(user=user).role == "viewer"
    assert len(events("authentication.sso_signed_in")) == 1


def test_the_request_carries_pkce_state_nonce_and_the_connection_s_own_callback(connected: Tenant) -> None:
    location = start(Client(), connected)
    for part in ("code_challenge_method=S256", "code_challenge=", "state=", "nonce=", "response_type=code"):
        assert part in location
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fdashboard%2Fauth%2Fsso%2Facme%2Fcallback" in location


def test_es256(connected: Tenant, provider: Provider) -> None:
    provider.signing_key, provider.algorithm = EC_KEY, "ES256"
    assert sign_in(Client(), connected, provider).status_code == 302


def test_the_last_step_stands_behind_the_allow_list(connected: Tenant, provider: Provider) -> None:
    with organization_scope(connected.organization.id):
        allow_network(caller=connected.owner.caller, cidr="198.51.100.0/24", confirm=True)
    browser = Client()
    assert sign_in(browser, connected, provider).status_code == 403
    assert "session" not in browser.cookies
    assert refusals() == ["network_not_allowed"]
