"""Forgetting fails a test (house.md, section 4): permissions, tenancy and audit of every door."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from rest_framework.serializers import Serializer

from organizations.admission import admission_of
from organizations.roles import MATRIX, Role
from promptguard.core.errors import is_developer_plane
from promptguard.core.shapes import shown_once
from promptguard.core.tenancy import platform_scope
from promptguard.core.views import TenantView
from tests.house.walk import address, knock, real_doors, real_views
from tests.people import Tenant, api_client
from tests.surface import SURFACE, Door

EVERY = [(namespace, door) for namespace, doors in SURFACE.items() for door in doors]
TENANT = [(namespace, door) for namespace, door in EVERY if door.needs]
# After these the same caller may not come in any more, not even for a replay.
ENDS_THE_CALLER = {
    ("dashboard", "auth-logout", "POST"),
    ("dashboard", "organization-detail", "DELETE"),
    ("dashboard", "organization-leave", "POST"),
    ("dashboard", "sso-end-session", "POST"),
    *((mount, "api-key-detail", "DELETE") for mount in ("api", "proxy")),
    *((mount, "api-key-toggle", "PUT") for mount in ("api", "proxy")),
}
# Fields that show a secret, and therefore must be declared as such (core.shapes.ShownOnce).
SECRETS = {
    "access_token",
    "agent_secret",
    "key",
    "new_secret",
    "otpauth_uri",
    "recovery_codes",
    "refresh_token",
    "secret",
    "token",
    "webhook_secret",
}
each_door = pytest.mark.parametrize(("namespace", "door"), EVERY, ids=lambda value: str(value))
each_tenant_door = pytest.mark.parametrize(("namespace", "door"), TENANT, ids=lambda value: str(value))


def client_for(namespace: str, tenant: Tenant) -> Any:
    clients = {"dashboard": tenant.owner.client, "scim": tenant.directory}
    return clients.get(namespace, tenant.developer)()


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def unsealed_actions() -> list[str]:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT event_type FROM audit_inbox ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_the_map_is_complete() -> None:
    real = real_doors()
    told = {
        namespace: {(door.name, door.verb, str(door.needs) if door.needs else None) for door in doors}
        for namespace, doors in SURFACE.items()
    }
    assert real == told


@each_tenant_door
def test_stranger(namespace: str, door: Door, acme: Tenant) -> None:
    response = knock(api_client(), namespace, door, acme)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["X-Request-Id"]


@pytest.mark.parametrize("door", [door for door in SURFACE["dashboard"] if door.needs], ids=str)
def test_role_matrix(door: Door, acme: Tenant) -> None:
    door.path(acme)
    for person in acme.people.values():
        expected = door.status if door.needs in MATRIX[person.role] else 403
        if door.personal and person is not acme.owner:
            expected = 404
        with undone():
            response = knock(person.client(), "dashboard", door, acme)
        assert (person.role, response.status_code) == (person.role, expected), response.content


@each_tenant_door
def test_owner_and_unrestricted_key_open_every_door(namespace: str, door: Door, acme: Tenant) -> None:
    response = knock(client_for(namespace, acme), namespace, door, acme)
    assert response.status_code == door.status, response.content


@each_tenant_door
def test_no_leak(namespace: str, door: Door, acme: Tenant, globex: Tenant) -> None:
    """Every door that names an object, tried as Acme with Globex's ids."""
    attempts = []
    if door.path(globex) and address(namespace, door, acme) != address(namespace, door, globex):
        attempts.append(knock(client_without_organization(namespace, acme), namespace, door, globex))
    if door.foreign:
        attempts.append(knock(client_for(namespace, acme), namespace, door, acme, body=door.foreign(globex)))
    for response in attempts:
        assert response.status_code == 404, response.content
        assert b"globex" not in response.content.lower()


def client_without_organization(namespace: str, tenant: Tenant) -> Any:
    """The path alone names the organization, so that the mismatch check does not hide a missing wall."""
    if namespace != "dashboard":
        return client_for(namespace, tenant)
    return api_client(Authorization=f"Bearer {tenant.owner.token()}")


@pytest.mark.parametrize(
    ("namespace", "door"), [(n, d) for n, d in EVERY if d.grow], ids=lambda value: str(value)
)
def test_lists_show_only_own_rows(namespace: str, door: Door, acme: Tenant, globex: Tenant) -> None:
    assert door.grow
    theirs = {str(door.grow(globex)) for _ in range(2)}
    own = str(door.grow(acme))
    text = knock(client_for(namespace, acme), namespace, door, acme).content.decode()
    assert own in text
    assert not any(identifier in text for identifier in theirs)


@pytest.mark.parametrize(
    ("namespace", "door"), [(n, d) for n, d in EVERY if d.verb != "GET"], ids=lambda value: str(value)
)
def test_every_change_is_audited(namespace: str, door: Door, acme: Tenant) -> None:
    client = client_for(namespace, acme) if door.needs else api_client()
    arguments = door.path(acme)
    door = replace(door, path=lambda tenant: arguments)
    body = door.body(acme) if door.body else None
    before = unsealed_actions()
    response = knock(client, namespace, door, acme, body=body)
    assert response.status_code == door.status, response.content
    audits = door.audits if isinstance(door.audits, tuple) else (door.audits,)
    assert unsealed_actions()[len(before) :] == [str(action) for action in audits if action]


@pytest.mark.parametrize(
    ("namespace", "door"), [(n, d) for n, d in TENANT if d.verb != "GET"], ids=lambda value: str(value)
)
def test_every_change_happens_once_per_idempotency_key(namespace: str, door: Door, acme: Tenant) -> None:
    if (namespace, door.name, door.verb) in ENDS_THE_CALLER:
        return
    client, url = client_for(namespace, acme), address(namespace, door, acme)
    content = orjson.dumps(door.body(acme)) if door.body else b""
    headers = {"Idempotency-Key": "once"}
    first, second = (
        client.generic(door.verb, url, content, "application/json", headers=headers) for _ in "12"
    )
    assert (first.status_code, second.status_code) == (door.status, door.status), second.content
    if first.streaming:  # cannot be kept
        for response in (first, second):
            list(response.streaming_content)
        return
    assert second.headers["Idempotent-Replayed"] == "true"
    assert shown(first).keys() == shown(second).keys()
    masked = {name for name in shown(first) if shown(first)[name] != shown(second)[name]}
    view: Any = resolve(url).func
    assert first.status_code >= 400 or masked == set(shown_once(view.view_class.gives.get(door.verb)))


def test_every_secret_is_declared_as_shown_once() -> None:
    """Else a replay would show it again."""
    for view in set(real_views()):
        for shape in view.gives.values():
            if issubclass(view, TenantView) and shape and issubclass(shape, Serializer):
                fields: Any = shape().fields
                named = {name for name in fields if name in SECRETS and shape.__name__ != "PresetOut"}
                assert named <= set(shown_once(shape)), view


def shown(response: Any) -> dict[str, Any]:
    return response.json() if response.content else {}


@each_tenant_door
def test_every_answer_says_what_is_left_of_the_rate_limit(namespace: str, door: Door, acme: Tenant) -> None:
    response = knock(client_for(namespace, acme), namespace, door, acme)
    limit, left = response.headers["X-RateLimit-Limit"], response.headers["X-RateLimit-Remaining"]
    assert 0 <= int(left) < int(limit)
    assert response.headers["RateLimit"].startswith('"')
    assert response.headers["RateLimit-Policy"].endswith(";w=60")


@pytest.mark.parametrize(
    ("namespace", "door"), [(n, d) for n, d in EVERY if d.grow], ids=lambda value: str(value)
)
def test_lists_are_flat(namespace: str, door: Door, acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert door.grow
    # What the door remembers for a second must not run out between the two counts.
    monkeypatch.setattr(admission_of, "seconds", 3600)
    client = client_for(namespace, acme)
    door.grow(acme)
    knock(client, namespace, door, acme)
    with CaptureQueriesContext(connection) as one:
        knock(client, namespace, door, acme)
    for _ in range(2):
        door.grow(acme)
    knock(client, namespace, door, acme)
    with CaptureQueriesContext(connection) as three:
        knock(client, namespace, door, acme)
    assert len(three) == len(one)


@each_door
def test_public_doors_open_and_unknown_verbs_are_405(namespace: str, door: Door, acme: Tenant) -> None:
    if not door.needs:
        assert knock(api_client(), namespace, door, acme).status_code == door.status
    unknown = client_for(namespace, acme).generic("OPTIONS", address(namespace, door, acme))
    assert unknown.status_code == 405


@each_tenant_door
def test_errors_come_in_the_plane_s_envelope(namespace: str, door: Door, acme: Tenant) -> None:
    response = knock(api_client(), namespace, door, acme)
    if is_developer_plane(address(namespace, door, acme)):
        assert set(response.json()["error"]) >= {"message", "type", "code", "request_id"}
    elif namespace == "scim":
        assert response.headers["Content-Type"] == "application/scim+json"
        assert response.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    else:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert set(response.json()) >= {"type", "title", "status", "detail", "code", "request_id"}


def test_every_role_of_the_table_is_played(acme: Tenant) -> None:
    assert {person.role for person in acme.people.values()} == set(Role)
