"""A person with Chromium: from the address to the provider's page, to the landing page, and out again."""

from collections.abc import Iterator

import pytest

from tests.e2e.chromium import Person
from tests.sso.certified import CertifiedProvider
from tests.sso.served import SLUG, Service

DOMAIN = "browsing.example"
PERSON = f"grace.hopper@{DOMAIN}"


@pytest.fixture
def provider(service: Service) -> Iterator[CertifiedProvider]:
    with service.provider("ES256") as provider:
        service.connect(provider, allowed_domains=[DOMAIN])
        service.own_domain(DOMAIN)
        yield provider


def goes_to_the_provider(person: Person, service: Service, provider: CertifiedProvider) -> None:
    person.driver.get(f"{service.url}/dashboard/auth/sso/discover")
    person.type("email", PERSON)
    person.click("Continue")
    person.arrives_at(provider.issuer)


def test_from_the_address_to_the_landing_page_and_out(
    service: Service, provider: CertifiedProvider, person: Person
) -> None:
    goes_to_the_provider(person, service, provider)
    person.type("login", PERSON)
    person.type("password", "any")
    person.click("Sign-in")
    person.click("Continue")

    person.arrives_at("/dashboard/auth/sso/signed-in")
    for words in ("You are signed in", f"grace.hopper, {PERSON}", "Acme Corp", "viewer"):
        person.sees(words)
    assert "session" in {cookie["name"] for cookie in person.driver.get_cookies()}
    assert person.complaints(service.url) == []

    person.click("Sign out")
    person.arrives_at(f"{provider.issuer}/session/end")
    person.click("Yes, sign me out")
    person.arrives_at(f"/dashboard/auth/sso/{SLUG}/logout")
    person.sees("You are signed out")
    person.driver.get(f"{service.url}/dashboard/auth/sso/signed-in")
    person.arrives_at("/dashboard/auth/sso/discover")


def test_who_cancels_sees_why_nothing_happened(
    service: Service, provider: CertifiedProvider, person: Person
) -> None:
    goes_to_the_provider(person, service, provider)
    person.click("Cancel")
    person.sees("Sign-in failed")
    person.sees("Request id")
    person.click("Try again")
    person.arrives_at("/dashboard/auth/sso/discover")


@pytest.mark.parametrize(
    ("email", "answer"),
    [("somebody@elsewhere.example", "There is no single sign-on"), ("nonsense", "not an e-mail address")],
)
def test_an_address_that_leads_nowhere(service: Service, person: Person, email: str, answer: str) -> None:
    person.driver.get(f"{service.url}/dashboard/auth/sso/discover")
    person.type("email", email)
    person.click("Continue")
    person.sees(answer)
