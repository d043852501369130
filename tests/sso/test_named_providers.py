"""The providers that the guide names: their templates, their issuers, and the rules of those that serve many tenants."""

import re
from pathlib import Path
from typing import Any

import pytest

from organizations.models import AuthSession
from promptguard.core.tenancy import organization_scope
from sso.discovery import checked_metadata
from sso.models import Connection
from sso.providers import GOOGLE, check_tenant
from sso.refusals import Reason, SignInRefused
from sso.services.sign_in import Evidence, receive
from tests.people import ORIGIN, Tenant
from tests.sso.journey import own_domain

GUIDE = Path(__file__).resolve().parents[3] / "shared" / "enterprise-guide.txt"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
OTHERS = "d1b36e95-0d50-42e9-958f-b63fa906beaa"
ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"


def settings_of(tenant: Tenant, issuer: str, **more: Any) -> dict[str, Any]:
    told = {"issuer": issuer, "client_id": "promptguard", "allowed_domains": ["acme.example"]}
    response = tenant.olivia.client().put(
        f"/dashboard/organizations/{tenant.organization.id}/sso",
        {"sso_config": told | more},
        "application/json",
    )
    return {"status": response.status_code} | response.json()


def test_the_door_offers_the_five(acme: Tenant) -> None:
    found = acme.vic.client().get("/dashboard/sso/providers").json()["providers"]
    assert [each["provider"] for each in found] == ["okta", "entra", "google", "auth0", "oidc"]
    for each in found:
        assert each["scopes"].startswith("openid email profile")
        assert each["hint"]


def test_they_are_the_guide_s(acme: Tenant) -> None:
    if not GUIDE.is_file():
        pytest.skip("the guide is not here")
    _, _, table = GUIDE.read_text().partition("ProviderIssuer URL Format")
    rows = table.strip().splitlines()[:5]
    found = acme.vic.client().get("/dashboard/sso/providers").json()["providers"]
    formats = [re.search(r"https://.*|Any URL.*", row)[0] for row in rows]  # type: ignore[index]
    assert formats[:4] == [each["issuer_format"] for each in found[:4]]
    assert formats[4] in found[4]["hint"]


@pytest.mark.parametrize(
    ("provider", "typed", "stored"),
    [
        ("okta", "https://yourcompany.okta.com", "https://yourcompany.okta.com"),
        ("entra", ENTRA, ENTRA),
        ("entra", ENTRA.replace(TENANT, TENANT.upper()), ENTRA),
        ("google", GOOGLE, GOOGLE),
        ("auth0", "https://yourcompany.auth0.com", "https://yourcompany.auth0.com/"),
        ("auth0", "https://login.yourcompany.example", "https://login.yourcompany.example/"),
        ("oidc", "https://yourcompany.eu.auth0.com", "https://yourcompany.eu.auth0.com/"),
        ("oidc", "https://id.example.com/realms/acme", "https://id.example.com/realms/acme"),
    ],
)
def test_an_issuer_is_taken_as_the_guide_writes_it(
    acme: Tenant, provider: str, typed: str, stored: str
) -> None:
    told = settings_of(acme, typed, provider=provider)
    assert (told["status"], told.get("issuer")) == (200, stored)


@pytest.mark.parametrize(
    "issuer",
    [
        *(
            f"https://login.microsoftonline.com/{each}/v2.0"
            for each in ("common", "organizations", "consumers")
        ),
        "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0",
        f"https://login.microsoftonline.com/{TENANT}",
        f"https://login.microsoftonline.com/{TENANT}/v2.0/",
        f"https://login.microsoftonline.com/{TENANT}/../common/v2.0",
        "https://login.microsoftonline.com/{tenantid}/v2.0",
        "https://login.microsoftonline.com.evil.example/v2.0",
        "http://id.example.com",
        "https://id.example.com?tenant=1",
        "https://id.example.com#x",
        "https://user@id.example.com",
        "https://[",
        "https://localhost",
        "ftp://id.example.com",
    ],
)
def test_an_issuer_of_nobody_in_particular_is_refused(acme: Tenant, issuer: str) -> None:
    told = settings_of(acme, issuer)
    assert told["status"] == 422, told
    assert told["errors"][0]["loc"][-1] == "issuer"


def test_a_template_for_every_tenant_is_nobody_s_discovery() -> None:
    """What Microsoft's shared endpoint publishes: https://login.microsoftonline.com/{tenantid}/v2.0."""
    document = {"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}
    with pytest.raises(SignInRefused) as refused:
        checked_metadata(ENTRA, document)
    assert refused.value.reason is Reason.DISCOVERY_INVALID


CLAIMS = {"sub": "subject-1", "email": "new@acme.example", "email_verified": True, "name": "New Colleague"}


@pytest.mark.parametrize(
    ("issuer", "claims", "reason"),
    [
        (ENTRA, {"tid": TENANT}, None),
        (ENTRA, {}, Reason.TENANT_WRONG),
        (ENTRA, {"tid": OTHERS}, Reason.TENANT_WRONG),
        (ENTRA, {"tid": [TENANT]}, Reason.TENANT_WRONG),
        (ENTRA, {"tid": TENANT.upper()}, Reason.TENANT_WRONG),
        (GOOGLE, {"hd": "acme.example"}, None),
        (GOOGLE, {"hd": "ACME.example"}, None),
        (GOOGLE, {}, Reason.HOSTED_DOMAIN_WRONG),
        (GOOGLE, {"hd": "globex.example"}, Reason.HOSTED_DOMAIN_WRONG),
        (GOOGLE, {"hd": ""}, Reason.HOSTED_DOMAIN_WRONG),
        (GOOGLE, {"hd": ["acme.example"]}, Reason.HOSTED_DOMAIN_WRONG),
        ("https://login.microsoftonline.com/common/v2.0", {"tid": TENANT}, Reason.ISSUER_FORBIDDEN),
    ],
)
def test_only_the_own_tenant_comes_in(
    acme: Tenant, issuer: str, claims: dict[str, Any], reason: Reason | None
) -> None:
    """One key set signs for millions of tenants, so a good signature says nothing about whose person this is."""
    assert settings_of(acme, ENTRA)["status"] == 200
    own_domain(acme)
    with organization_scope(acme.organization.id):
        Connection.all_tenants.update(issuer=issuer)
        connection = Connection.all_tenants.select_related("organization").get()
    before = AuthSession.objects.count()
    evidence = Evidence(CLAIMS | claims, "the.id.token")
    if reason is None:
        assert (
            receive(connection=connection, evidence=evidence, origin=ORIGIN).user.email == "new@acme.example"
        )
        return
    with pytest.raises(SignInRefused) as refused:
        receive(connection=connection, evidence=evidence, origin=ORIGIN)
    assert refused.value.reason is reason
    assert AuthSession.objects.count() == before


def test_a_hosted_domain_that_is_not_verified_counts_for_nothing() -> None:
    with pytest.raises(SignInRefused):
        check_tenant(GOOGLE, {"hd": "acme.example"}, frozenset())
