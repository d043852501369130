"""The running product as its customers reach it: over HTTP, with an administrator who connects a provider."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.e2e.serving import Server
from tests.sso.certified import CertifiedProvider
from tests.sso.dnsserver import DnsServer
from tests.sso.forms import Browser

SECONDS = 30
DEADLINE_SECONDS = 30
SLUG = "acme-corp"


@dataclass
class Service:
    server: Server
    names: DnsServer

    @property
    def url(self) -> str:
        return self.server.url

    @cached_property
    def owner(self) -> dict[str, str]:
        """Olivia's headers."""
        person = next(each for each in self.server.demo["users"] if each["role"] == "owner")
        told = {"email": person["email"], "password": person["password"]}
        answer = requests.post(f"{self.url}/dashboard/auth/login", json=told, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    @cached_property
    def organization(self) -> str:
        """The id of Acme, where Olivia is the owner."""
        found = self.ask("GET", "/organizations/").json()["results"]
        return str(next(each["id"] for each in found if each["slug"] == SLUG))

    def ask(self, verb: str, path: str, body: Any = None) -> requests.Response:
        """The dashboard's API as Olivia."""
        url = f"{self.url}/dashboard{path}"
        answer = requests.request(verb, url, json=body, headers=self.owner, timeout=SECONDS)
        assert answer.status_code < 300, answer.text
        return answer

    def settings(self, verb: str, door: str, body: Any = None) -> requests.Response:
        return self.ask(verb, f"/organizations/{self.organization}/{door}", body)

    def provider(self, algorithm: str) -> CertifiedProvider:
        return CertifiedProvider(algorithm, self.url, SLUG)

    def connect(self, provider: CertifiedProvider, **more: Any) -> dict[str, Any]:
        """In the form that the guide shows."""
        told = {
            "provider": "oidc",
            "issuer": provider.issuer,
            "client_id": provider.client["client_id"],
            "client_secret": provider.client_secret,
            "allowed_domains": ["acme.example"],
            "auto_provision": True,
        }
        found: dict[str, Any] = self.settings("PUT", "sso", {"sso_config": told | more}).json()
        return found

    def own_domain(self, name: str) -> None:
        """Claimed, published in the DNS and verified there."""
        domain = self.settings("POST", "domains", {"name": name}).json()
        self.names.records[domain["record_name"]] = [domain["record_value"]]
        found = self.settings("POST", f"domains/{domain['id']}/verify").json()
        assert found["status"] == "verified"

    @property
    def authorize(self) -> str:
        return f"{self.url}/dashboard/auth/sso/{SLUG}/authorize"

    @property
    def me(self) -> str:
        return f"{self.url}/dashboard/auth/me"


def give_consent(browser: Browser, service: Service, person: str) -> None:
    """Up to the callback, which the browser has not followed yet."""
    browser.open(service.authorize)
    browser.submit(login=person, password="any")
    page = browser.submit(follow=False)
    while "/callback" not in page.headers["Location"]:
        page = browser.open(page.headers["Location"], allow_redirects=False)


def sign_in(browser: Browser, service: Service, person: str) -> None:
    give_consent(browser, service, person)
    browser.open(browser.page.headers["Location"])
    assert browser.page.status_code == 200, browser.page.text
    assert urlsplit(browser.page.url).path == "/dashboard/auth/sso/signed-in"


def who(browser: Browser, service: Service) -> str | None:
    answer = browser.session.get(service.me, timeout=SECONDS)
    return str(answer.json()["user"]["email"]) if answer.status_code == 200 else None


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
