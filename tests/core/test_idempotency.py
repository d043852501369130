"""A change happens once per Idempotency-Key, whatever clients, threads and crashes do."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from promptguard.core import idempotency
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.projects import services, views
from promptguard.projects.models import Project
from tests.conftest import close_connections
from tests.people import Tenant, found_acme

PROJECTS = "/dashboard/projects"


def post(client: Client, key: str | None, body: dict[str, Any], path: str = PROJECTS) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(path, body, content_type="application/json", headers=headers)


def project_names(tenant: Tenant) -> list[str]:
    with organization_scope(tenant.organization.id):
        return sorted(Project.objects.for_caller(tenant.owner.caller).values_list("name", flat=True))


def execute(sql: str) -> int:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.rowcount


def test_a_repeated_request_gets_the_first_answer(acme: Tenant) -> None:
    client = acme.olivia.client()
    first, second = (post(client, "key-1", {"name": "Once"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert project_names(acme) == ["Once", "Production"]


def test_another_body_method_path_or_query_is_another_request(acme: Tenant) -> None:
    client = acme.olivia.client()
    post(client, "key-1", {"name": "Once"})
    others = [
        post(client, "key-1", {"name": "Twice"}),
        post(client, "key-1", {"name": "Once"}, path=f"{PROJECTS}?dry=1"),
        post(client, "key-1", {"name": "Once"}, path="/dashboard/api-keys"),
        client.patch(f"{PROJECTS}/{acme.project.id}", headers={"Idempotency-Key": "key-1"}),
    ]
    for response in others:
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert project_names(acme) == ["Once", "Production"]


def test_a_key_belongs_to_one_principal_of_one_organization(acme: Tenant, globex: Tenant) -> None:
    people = (acme.olivia, acme.adam, globex.mallory)
    answers = [post(person.client(), "shared", {"name": f"Of {person.user.name}"}) for person in people]
    assert [answer.status_code for answer in answers] == [201, 201, 201]


def test_both_planes_keep_the_promise(acme: Tenant) -> None:
    path = "/api/v1/projects"
    first, second = (post(acme.developer(), "key-1", {"name": "Once"}, path) for _ in range(2))
    assert second.json() == first.json()
    reused = post(acme.developer(), "key-1", {"name": "Twice"}, path)
    assert reused.json()["error"]["code"] == "idempotency_key_reused"
    assert reused.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]


@pytest.mark.parametrize("key", ["k", "k" * 255, '"quoted"', '"with\\"and\\\\"', "a,b;c=1", "~!{}"])
def test_good_keys(acme: Tenant, key: str) -> None:
    answers = [post(acme.olivia.client(), key, {"name": "Once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "k" * 256, "schlüssel", '"open', '"', "a\tb", '"a";p=1', "\x7f"]
)
def test_bad_keys(acme: Tenant, key: str) -> None:
    response = post(acme.olivia.client(), key, {"name": "Once"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_idempotency_key")
    assert project_names(acme) == ["Production"]


def test_a_quoted_key_is_the_same_key(acme: Tenant) -> None:
    post(acme.olivia.client(), '"abc"', {"name": "Once"})
    assert "Idempotent-Replayed" in post(acme.olivia.client(), "abc", {"name": "Once"}).headers


def test_a_refusal_that_could_turn_into_success_is_not_kept(acme: Tenant) -> None:
    """Vic may not write, then may: the same key must not answer 403 for a day."""
    assert post(acme.vic.client(), "key-1", {"name": "Once"}).status_code == 403
    with organization_scope(acme.organization.id):
        _key, text = services.create_api_key(caller=acme.olivia.caller, name="Bound", project=acme.project)
    bound = Client(headers={"X-API-Key": text})
    assert post(bound, "key-1", {"name": "Once"}, "/api/v1/projects").status_code == 403
    assert execute("SELECT 1 FROM core_idempotencyclaim") == 0


def test_a_rejection_is_kept(acme: Tenant) -> None:
    client = acme.olivia.client()
    assert post(client, "key-1", {"name": "Production"}).json()["code"] == "project_name_taken"
    execute("UPDATE projects_project SET name = 'Renamed'")
    again = post(client, "key-1", {"name": "Production"})
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (409, "true")
    assert again.headers["Content-Type"] == "application/problem+json"


def test_a_crash_of_ours_is_not_kept(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    client = acme.olivia.client()
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(views.ProjectList, "answer", lambda *_: 1 / 0)
        assert post(client, "key-1", {"name": "Once"}).status_code == 500
    assert project_names(acme) == ["Production"]
    assert post(client, "key-1", {"name": "Once"}).status_code == 201


def test_a_secret_is_not_shown_again(acme: Tenant) -> None:
    client = acme.olivia.client()
    first, second = (post(client, "key-1", {"name": "CI"}, "/dashboard/api-keys") for _ in range(2))
    assert first.json()["key"].startswith("pg_live_")
    assert second.json() == first.json() | {"key": idempotency.SHOWN_ONCE}
    assert second.headers["Idempotent-Masked-Fields"] == "key"
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT response FROM core_idempotencyclaim")
        assert b"pg_live_" not in bytes(cursor.fetchone()[0])


def test_reading_and_going_without_a_key_cost_no_row(acme: Tenant) -> None:
    acme.olivia.client().get(PROJECTS, headers={"Idempotency-Key": "key-1"})
    post(acme.olivia.client(), None, {"name": "Once"})
    assert execute("SELECT 1 FROM core_idempotencyclaim") == 0


def test_a_claim_lives_for_a_day(acme: Tenant) -> None:
    client = acme.olivia.client()
    post(client, "key-1", {"name": "Once"})
    execute("UPDATE core_idempotencyclaim SET expires_at = clock_timestamp()")
    assert post(client, "key-1", {"name": "Twice"}).status_code == 201
    execute("UPDATE core_idempotencyclaim SET expires_at = clock_timestamp()")
    assert idempotency.purge_expired() == 1
    assert execute("SELECT 1 FROM core_idempotencyclaim") == 0


def test_doors_outside_any_organization(acme: Tenant) -> None:
    body = {"name": "Initech", "slug": "initech"}
    first, second = (post(acme.olivia.client(), "key-1", body, "/dashboard/organizations") for _ in range(2))
    assert (first.status_code, second.json()) == (201, first.json())


class Crash(BaseException):
    """The process dies: nothing catches it, nothing is tidied up."""


def test_a_crash_between_claim_and_effect_recovers_after_the_lease(
    live_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = found_acme()
    client = acme.olivia.client()

    def die(*_: Any, **__: Any) -> None:
        raise Crash

    with monkeypatch.context() as dying:
        dying.setattr(services, "create_project", die)
        with pytest.raises(Crash):
            post(client, "key-1", {"name": "Once"})
    waiting = post(client, "key-1", {"name": "Once"})
    assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency_key_in_use")
    assert 55 <= int(waiting.headers["Retry-After"]) <= 60
    execute("UPDATE core_idempotencyclaim SET leased_until = clock_timestamp()")
    assert post(client, "key-1", {"name": "Else"}).status_code == 422
    assert post(client, "key-1", {"name": "Once"}).status_code == 201
    assert post(client, "key-1", {"name": "Once"}).headers["Idempotent-Replayed"] == "true"
    assert project_names(acme) == ["Once", "Production"]


def test_who_outlives_the_lease_cannot_commit(live_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow first request and its successor: one effect, though both ran to the end."""
    acme = found_acme()
    client, create = acme.olivia.client(), services.create_project

    def slow(**arguments: Any) -> Any:
        with ThreadPoolExecutor(1) as other:
            monkeypatch.setattr(services, "create_project", create)
            other.submit(overtake).result()
        return create(**(arguments | {"name": "Slow"}))

    def overtake() -> None:
        execute("UPDATE core_idempotencyclaim SET leased_until = clock_timestamp()")
        assert post(acme.olivia.client(), "key-1", {"name": "Once"}).status_code == 201
        close_connections()

    monkeypatch.setattr(services, "create_project", slow)
    lost = post(client, "key-1", {"name": "Once"})
    assert (lost.status_code, lost.json()["code"]) == (409, "idempotency_lease_lost")
    assert project_names(acme) == ["Once", "Production"]


def test_fifty_parallel_requests_have_one_effect(live_database: str) -> None:
    acme = found_acme()
    token = acme.olivia.token()

    def knock(number: int) -> tuple[int, bool]:
        client = Client(headers={"Authorization": f"Bearer {token}"})
        try:
            response = post(client, "key-1", {"name": "Once"})
        finally:
            close_connections()
        return response.status_code, "Idempotent-Replayed" in response.headers

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(knock, range(50)))
    assert answers.count((201, False)) == 1
    assert set(answers) <= {(201, False), (201, True), (409, False)}
    assert project_names(acme) == ["Once", "Production"]
    assert knock(51) == (201, True)
