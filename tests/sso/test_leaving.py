"""Switched off in the directory, somebody is out everywhere within 30 seconds: two worker processes, real sockets."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import requests

from tests.sso.certified import CertifiedProvider
from tests.sso.directory import PATCH, USER
from tests.sso.forms import Browser
from tests.sso.served import SECONDS, Service, sign_in, wait_until

DOMAIN = "leaving.example"
PERSON = f"leaver@{DOMAIN}"
PROMISED_SECONDS = 30
# Enough that each of two workers answers some.
TIMES = 12


@pytest.fixture
def provider(service: Service) -> Iterator[CertifiedProvider]:
    with service.provider("RS256") as provider:
        service.connect(provider, allowed_domains=[DOMAIN], default_role="member")
        service.own_domain(DOMAIN)
        yield provider


def statuses(ask: Callable[[], requests.Response]) -> set[int]:
    return {ask().status_code for _ in range(TIMES)}


def is_shut(ask: Callable[[], requests.Response]) -> bool:
    return statuses(ask) == {401}


def test_deactivation_ends_sessions_tokens_and_keys(service: Service, provider: CertifiedProvider) -> None:
    directory = requests.Session()
    token = service.settings("POST", "scim-tokens").json()["token"]
    directory.headers.update({"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"})
    root = service.settings("GET", "sso").json()["scim_url"]
    with directory, Browser() as browser:
        joined = directory.post(
            f"{root}/Users", json={"schemas": [USER], "userName": PERSON}, timeout=SECONDS
        )
        assert joined.status_code == 201, joined.text
        sign_in(browser, service, PERSON)
        pair = browser.post(f"{service.url}/dashboard/auth/sso/token").json()
        made = browser.post(f"{service.url}/dashboard/api-keys", {"name": "Mine"})
        assert made.status_code == 201, made.text
        ways_in = {
            "cookie": lambda: browser.session.get(service.me, timeout=SECONDS),
            "bearer": lambda: requests.get(
                f"{service.url}/dashboard/projects/",
                headers={"Authorization": f"Bearer {pair['access_token']}"},
                timeout=SECONDS,
            ),
            "key": lambda: requests.post(
                f"{service.server.api}/security/scan",
                json={"content": "Hello"},
                headers={"X-API-Key": made.json()["key"]},
                timeout=SECONDS,
            ),
        }
        assert {name: statuses(ask) for name, ask in ways_in.items()} == {name: {200} for name in ways_in}
        off = {"op": "Replace", "path": "active", "value": "False"}
        left_at = time.monotonic()
        answer = directory.patch(
            f"{root}/Users/{joined.json()['id']}",
            json={"schemas": [PATCH], "Operations": [off]},
            timeout=SECONDS,
        )
        assert (answer.status_code, answer.json()["active"]) == (200, False)
        for ask in ways_in.values():
            wait_until(partial(is_shut, ask))
        took = time.monotonic() - left_at
        told = {"refresh_token": pair["refresh_token"]}
        refreshed = requests.post(f"{service.url}/dashboard/auth/refresh", json=told, timeout=SECONDS)
        assert refreshed.status_code == 401
        browser.open(service.authorize)
        assert browser.page.status_code == 403, "the provider still vouches, but the directory's word counts"
    assert took < PROMISED_SECONDS
