"""The IP allow-list: who passes, who cannot be fooled, and how not to lock oneself out."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from organizations import sessions
from organizations.admission import admission_of
from organizations.networks.models import AllowedNetwork
from promptguard.core.access import NetworkNotAllowed
from promptguard.core.caller import Origin
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.people import ORIGIN, PASSWORD, Tenant

INSIDE, OUTSIDE, PROXY = "198.51.100.7", "203.0.113.66", "10.0.0.1"


def url(tenant: Tenant, rest: str = "") -> str:
    return f"/dashboard/organizations/{tenant.organization.id}/allowed-networks{rest}"


def allow(tenant: Tenant, *cidrs: str) -> None:
    """Rows as they would be after somebody inside made them."""
    with organization_scope(tenant.organization.id):
        for cidr in cidrs:
            AllowedNetwork.objects.create_for(tenant.owner.caller, cidr=cidr)
        admission_of.forget(tenant.organization.id)


def denials() -> int:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_inbox WHERE event_type = 'network.denied'")
        return int(cursor.fetchone()[0])


def at(client: Client, address: str) -> Client:
    client.defaults["REMOTE_ADDR"] = address
    return client


def test_an_empty_list_lets_everybody_in(acme: Tenant) -> None:
    assert at(acme.vic.client(), OUTSIDE).get("/dashboard/projects").status_code == 200


@pytest.mark.parametrize(
    ("cidr", "address", "passes"),
    [
        ("198.51.100.0/24", INSIDE, True),
        ("198.51.100.0/24", OUTSIDE, False),
        ("198.51.100.7/32", "::ffff:198.51.100.7", True),
        ("198.51.100.7/32", "198.51.100.8", False),
        ("2001:db8::/32", "2001:db8:1::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("2001:db8::/32", INSIDE, False),
    ],
)
def test_sessions_tokens_and_keys_pass_by_their_address(
    acme: Tenant, cidr: str, address: str, passes: bool
) -> None:
    allow(acme, cidr)
    cookie = Client()
    cookie.post(
        "/dashboard/auth/login", {"email": acme.vic.user.email, "password": PASSWORD}, "application/json"
    )
    clients = [
        (acme.vic.client(), "/dashboard/projects"),
        (acme.developer(), "/api/v1/projects"),
        (cookie, "/dashboard/projects"),
    ]
    for client, path in clients:
        response = at(client, address).get(path)
        assert response.status_code == (200 if passes else 403), (path, response.content)
        if not passes:
            assert b"network_not_allowed" in response.content


def test_health_is_never_asked_for_its_network(acme: Tenant) -> None:
    allow(acme, "198.51.100.0/24")
    assert at(Client(), OUTSIDE).get("/health").status_code == 200


def test_one_tenant_s_list_is_not_another_s(acme: Tenant, globex: Tenant) -> None:
    allow(acme, "198.51.100.0/24")
    assert at(globex.mallory.client(), OUTSIDE).get("/dashboard/projects").status_code == 200


def test_a_refresh_from_outside_is_refused_and_leaves_the_token_unspent(acme: Tenant) -> None:
    allow(acme, "198.51.100.0/24")
    pair = sessions.sign_in(origin=ORIGIN, email=acme.mia.user.email, password=PASSWORD)
    with pytest.raises(NetworkNotAllowed):
        sessions.refresh(origin=Origin(OUTSIDE), refresh_token=pair.refresh_token)
    assert sessions.refresh(origin=Origin(INSIDE), refresh_token=pair.refresh_token).access_token


SPOOFS: list[Callable[[], dict[str, str]]] = [
    # Written by the client, left of what the proxy appended.
    lambda: {"X-Forwarded-For": f"{INSIDE}, {OUTSIDE}"},
    lambda: {"X-Forwarded-For": f"{INSIDE},{OUTSIDE}"},
    lambda: {"X-Forwarded-For": f"{INSIDE}, {INSIDE}, {OUTSIDE}"},
    lambda: {"X-Forwarded-For": f"{INSIDE}, {OUTSIDE}, {PROXY}"},
    lambda: {"X-Forwarded-For": f"{INSIDE}, {PROXY}, {OUTSIDE}, {PROXY}"},
    lambda: {"X-Forwarded-For": f"{INSIDE}:443, {OUTSIDE}:443"},
    lambda: {"X-Forwarded-For": f"[::ffff:{INSIDE}], {OUTSIDE}"},
    lambda: {"X-Forwarded-For": f"::ffff:{INSIDE}, ::ffff:{OUTSIDE}"},
    lambda: {"X-Forwarded-For": f'"{INSIDE}", "{OUTSIDE}"'},
    lambda: {"X-Forwarded-For": f"{INSIDE}\t,\t{OUTSIDE}"},
    # Junk behind the trusted hop: the address is unknown, and unknown is outside.
    lambda: {"X-Forwarded-For": f"{INSIDE}, unknown"},
    lambda: {"X-Forwarded-For": f"{INSIDE}, _hidden"},
    lambda: {"X-Forwarded-For": f"{INSIDE},"},
    lambda: {"X-Forwarded-For": f"{INSIDE}, ,"},
    lambda: {"X-Forwarded-For": f"{INSIDE} {OUTSIDE}"},
    lambda: {"X-Forwarded-For": f"{INSIDE};{OUTSIDE}"},
    lambda: {"X-Forwarded-For": f"{INSIDE}/32"},
    lambda: {"X-Forwarded-For": f"{INSIDE}:80:80"},
    lambda: {"X-Forwarded-For": f"for={INSIDE}"},
    lambda: {"X-Forwarded-For": "198.51.100.07"},
    lambda: {"X-Forwarded-For": "3325256711"},
    lambda: {"X-Forwarded-For": "0xC6.0x33.0x64.0x07"},
    lambda: {"X-Forwarded-For": "198.51.25607"},
    lambda: {"X-Forwarded-For": "①98.51.100.7"},
    lambda: {"X-Forwarded-For": f"{INSIDE}\x00"},
    lambda: {"X-Forwarded-For": f"{INSIDE}.example.com"},
    lambda: {"X-Forwarded-For": f"::{INSIDE}"},
    lambda: {"X-Forwarded-For": f"64:ff9b::{INSIDE}"},
    lambda: {"X-Forwarded-For": f"2002:c633:6407::, {OUTSIDE}"},
    lambda: {"X-Forwarded-For": f"[{INSIDE}, {OUTSIDE}"},
    # Headers that other products believe, and nothing at all.
    lambda: {"X-Real-IP": INSIDE, "X-Forwarded-For": OUTSIDE},
    lambda: {"Forwarded": f"for={INSIDE}", "X-Forwarded-For": OUTSIDE},
    lambda: {
        "X-Client-IP": INSIDE,
        "True-Client-IP": INSIDE,
        "CF-Connecting-IP": INSIDE,
        "X-Forwarded-For": OUTSIDE,
    },
    lambda: {"X-Forwarded-Host": INSIDE, "X-Original-Forwarded-For": INSIDE, "X-Forwarded-For": OUTSIDE},
    dict,
]


@pytest.mark.parametrize("spoof", SPOOFS, ids=lambda spoof: str(spoof()))
def test_a_spoofed_header_never_passes(
    acme: Tenant, settings: Settings, spoof: Callable[[], dict[str, str]]
) -> None:
    settings.TRUSTED_PROXY_CIDRS = [f"{PROXY}/32"]
    allow(acme, "198.51.100.0/24", "2001:db8::/32")
    response = at(acme.developer(), PROXY).get("/api/v1/projects", headers=spoof())
    assert (response.status_code, response.json()["error"]["code"]) == (403, "network_not_allowed")


def test_several_headers_are_one_list(acme: Tenant, settings: Settings) -> None:
    """WSGI servers join repeated headers by commas, in order: the proxy's own stays the last."""
    settings.TRUSTED_PROXY_CIDRS = [f"{PROXY}/32"]
    allow(acme, "198.51.100.0/24")
    client = at(acme.developer(), PROXY)
    assert (
        client.get("/api/v1/projects", headers={"X-Forwarded-For": f"{INSIDE},{OUTSIDE}"}).status_code == 403
    )
    assert (
        client.get("/api/v1/projects", headers={"X-Forwarded-For": f"{OUTSIDE},{INSIDE}"}).status_code == 200
    )


def test_without_a_trusted_proxy_no_header_is_believed(acme: Tenant) -> None:
    allow(acme, "198.51.100.0/24")
    client = at(acme.developer(), OUTSIDE)
    assert client.get("/api/v1/projects", headers={"X-Forwarded-For": INSIDE}).status_code == 403


def test_denials_are_recorded_once_a_minute(acme: Tenant) -> None:
    allow(acme, "198.51.100.0/24")
    for _ in range(5):
        at(acme.developer(), OUTSIDE).get("/api/v1/projects")
    assert denials() == 1


def post(client: Client, tenant: Tenant, **body: Any) -> Any:
    return client.post(url(tenant), body, content_type="application/json")


def test_nobody_locks_themselves_out_by_mistake(acme: Tenant) -> None:
    client = at(acme.adam.client(), INSIDE)
    refused = post(client, acme, cidr="192.0.2.0/24")
    assert (refused.status_code, refused.json()["code"]) == (409, "would_lock_you_out")
    own = post(client, acme, cidr="198.51.100.0/24").json()
    other = post(client, acme, cidr="192.0.2.0/24").json()
    assert client.delete(url(acme, f"/{own['id']}")).json()["code"] == "would_lock_you_out"
    assert client.delete(url(acme, f"/{own['id']}?confirm=true")).status_code == 204
    assert client.get(url(acme)).status_code == 403
    assert at(client, "192.0.2.1").delete(url(acme, f"/{other['id']}")).status_code == 204
    assert at(client, OUTSIDE).get(url(acme)).json()["results"] == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("127.0.0.1", "127.0.0.1/32"),
        (" 127.0.0.0/8 ", "127.0.0.0/8"),
        ("::ffff:127.0.0.0/104", "127.0.0.0/8"),
        ("::ffff:127.0.0.1", "127.0.0.1/32"),
        ("2001:0DB8::/32", "2001:db8::/32"),
    ],
)
def test_networks_are_kept_in_one_spelling(acme: Tenant, given: str, kept: str) -> None:
    first = post(acme.adam.client(), acme, cidr=given, confirm=True)
    assert first.json()["cidr"] == kept
    allow(acme, "127.0.0.0/9")
    assert post(acme.adam.client(), acme, cidr=kept).json()["code"] in (
        "network_listed",
        "would_lock_you_out",
    )


@pytest.mark.parametrize(
    "cidr",
    [
        "0.0.0.0/0",
        "::/0",
        "128.0.0.0/1",
        "0.0.0.0/7",
        "2000::/3",
        "2001::/23",
        "10.0.0.1/8",
        "example.com",
        "",
        "1.2.3",
        "::ffff:0:0/96",
        "127.0.0.1/33",
    ],
)
def test_wide_and_malformed_networks_are_refused(acme: Tenant, cidr: str) -> None:
    response = post(acme.adam.client(), acme, cidr=cidr, confirm=True)
    assert response.status_code == 422, response.content


def test_the_list_has_an_end(acme: Tenant) -> None:
    allow(acme, "127.0.0.0/8", *(f"192.0.2.{number}/32" for number in range(99)))
    assert post(acme.adam.client(), acme, cidr="198.51.100.1").json()["code"] == "too_many_networks"


def test_would_this_address_pass(acme: Tenant) -> None:
    client = acme.adam.client()
    assert client.get(url(acme, "/check")).json() == {
        "address": "127.0.0.1",
        "passes": True,
        "network_id": None,
        "is_restricted": False,
    }
    entry = post(client, acme, cidr="127.0.0.0/8").json()
    assert client.get(url(acme, "/check")).json()["network_id"] == entry["id"]
    outside = client.get(url(acme, f"/check?address={OUTSIDE}")).json()
    assert (outside["passes"], outside["is_restricted"]) == (False, True)
    assert client.get(url(acme, "/check?address=junk")).status_code == 422


def test_the_operator_s_way_back_in(acme: Tenant) -> None:
    allow(acme, "198.51.100.0/24", "192.0.2.0/24")
    client = acme.olivia.client()
    assert client.get(url(acme)).status_code == 403
    told = StringIO()
    call_command("clear_allowed_networks", org="acme", reason="Ticket 4711", stdout=told)
    assert told.getvalue() == "2 entries removed from the allow-list of acme\n"
    assert client.get(url(acme)).status_code == 200
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT canonical FROM audit_inbox WHERE event_type = 'allowed_networks.cleared'")
        (event,) = (bytes(row[0]) for row in cursor.fetchall())
    assert b"Ticket 4711" in event
    assert b"198.51.100.0/24" in event


@pytest.mark.parametrize(("org", "reason"), [("nowhere", "Ticket"), ("acme", "  ")])
def test_the_command_wants_a_tenant_and_a_reason(acme: Tenant, org: str, reason: str) -> None:
    with pytest.raises(CommandError):
        call_command("clear_allowed_networks", org=org, reason=reason)
