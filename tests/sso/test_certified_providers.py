"""Sign-in by script through two certified providers, each a process of its own with its own forms."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.sso.certified import CertifiedProvider
from tests.sso.forms import Browser
from tests.sso.served import SECONDS, Service, give_consent, sign_in, wait_until, who


@pytest.fixture(params=["RS256", "ES256"])
def provider(request: pytest.FixtureRequest, service: Service) -> Iterator[CertifiedProvider]:
    """Connected to Acme."""
    with service.provider(request.param) as provider:
        service.connect(provider)
        yield provider


@pytest.fixture
def person() -> str:
    """Somebody new: an account that came through another provider would first have to be linked."""
    return f"{secrets.token_hex(6)}@acme.example"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


def test_the_whole_way(service: Service, provider: CertifiedProvider, browser: Browser, person: str) -> None:
    sign_in(browser, service, person)
    assert who(browser, service) == person
    pair = browser.post(f"{service.url}/dashboard/auth/sso/token").json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    me = requests.get(service.me, headers=bearer, timeout=SECONDS).json()
    assert [each["slug"] for each in me["memberships"]] == ["acme-corp"]
    browser.open(service.authorize)
    assert "You are signed in" in browser.page.text, "who is signed in there needs no form a second time"


def test_the_connection_s_test_is_content_afterwards(
    service: Service, provider: CertifiedProvider, browser: Browser, person: str
) -> None:
    before = {step["step"]: step["ok"] for step in service.settings("POST", "sso/test").json()["steps"]}
    assert [step for step, ok in before.items() if not ok] == ["sign_in"]
    sign_in(browser, service, person)
    after = service.settings("POST", "sso/test").json()
    assert after["ok"], after


def test_who_says_no_there_is_not_let_in(
    service: Service, provider: CertifiedProvider, browser: Browser, person: str
) -> None:
    browser.open(service.authorize)
    [cancel] = [link for link in browser.form.links if "abort" in link]
    assert browser.open(cancel).status_code == 403
    assert "Sign-in failed" in browser.page.text
    assert who(browser, service) is None


def test_a_new_key_under_the_old_name(
    service: Service, provider: CertifiedProvider, browser: Browser, person: str
) -> None:
    """Each worker process has cached the old key, and learns of the new one by itself."""
    for _ in range(4):
        with Browser() as early:
            sign_in(early, service, person)
    provider.change_key()
    for _ in range(4):
        with Browser() as late:
            sign_in(late, service, person)


def test_a_provider_that_is_away_for_a_moment(
    service: Service, provider: CertifiedProvider, browser: Browser, person: str
) -> None:
    sign_in(browser, service, person)
    with Browser() as second:
        give_consent(second, service, f"second-{person}")
        provider.stop()
        callback = second.page.headers["Location"]
        assert second.open(callback).status_code == 403
        assert who(browser, service) == person, "sessions outlive the provider's absence"
        provider.start()
        assert second.open(callback).status_code == 403, "the state of a failed sign-in is spent"
        sign_in(second, service, f"second-{person}")
        assert who(second, service) == f"second-{person}"


def test_signing_out_here_signs_out_there(
    service: Service, provider: CertifiedProvider, browser: Browser, person: str
) -> None:
    sign_in(browser, service, person)
    answer = browser.post(f"{service.url}/dashboard/auth/sso/end-session")
    assert who(browser, service) is None
    browser.open(answer.json()["logout_url"])
    browser.submit(logout="yes")
    assert urlsplit(browser.page.url).path == "/dashboard/auth/sso/acme-corp/logout"
    assert "You are signed out" in browser.page.text
    browser.open(service.authorize)
    assert browser.page.url.startswith(provider.issuer), "the provider asks again who it is"


def test_signing_out_there_signs_out_here(
    service: Service, provider: CertifiedProvider, browser: Browser, person: str
) -> None:
    """Back-channel: the provider's process calls ours; the bearer pair of the session ends with it."""
    sign_in(browser, service, person)
    pair = browser.post(f"{service.url}/dashboard/auth/sso/token").json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    with Browser() as other:
        sign_in(other, service, f"other-{person}")
        browser.open(f"{provider.issuer}/session/end")
        browser.submit(logout="yes")
        wait_until(lambda: who(browser, service) is None)
        wait_until(lambda: requests.get(service.me, headers=bearer, timeout=SECONDS).status_code == 401)
        refreshed = {"refresh_token": pair["refresh_token"]}
        answer = requests.post(f"{service.url}/dashboard/auth/refresh", json=refreshed, timeout=SECONDS)
        assert answer.status_code == 401
        assert who(other, service) == f"other-{person}"
