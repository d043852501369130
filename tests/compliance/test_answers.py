"""Whatever is wrong with a request, its answer says what: a status and a code of its own (issue 7, line 3)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.holds import place_hold
from compliance import working
from compliance.models import PrivacyRequest
from organizations.models import AuthSession, User
from promptguard.core.tenancy import organization_scope
from tests.people import Person, Tenant, api_client
from tests.surface import an_end_user

PHRASE = "DELETE MY DATA"
DELETION = "/dashboard/compliance/data-deletion"
ORGANIZATION = "/dashboard/compliance/organization-deletion"
END_USER = "/dashboard/compliance/end-user-deletion"
Answer = tuple[int, str]


def knock(client: Client, path: str, body: dict[str, Any] | None = None, verb: str = "post") -> Any:
    return getattr(client, verb)(path, body or {}, content_type="application/json")


def told(response: Any) -> Answer:
    return response.status_code, response.json().get("code", "")


def stale(person: Person) -> Client:
    """Signed in, but more than five minutes ago."""
    client = person.client()
    earlier = timezone.now() - timedelta(minutes=6)
    AuthSession.objects.filter(user=person.user).update(authenticated_at=earlier)
    return client


WRONG_PHRASES = [
    "delete my data", "DELETE MY DATA ", " DELETE MY DATA", "DELETE  MY DATA", "DELETE MY DATA\n", "DELETE MY DATA.",
    "DELETE\u00a0MY DATA", "ＤＥＬＥＴＥ ＭＹ ＤＡＴＡ", "yes", "",
]  # fmt: skip


@pytest.mark.parametrize("path", [DELETION, ORGANIZATION, END_USER])
@pytest.mark.parametrize("phrase", WRONG_PHRASES, ids=repr)
def test_any_other_phrase_does_nothing(acme: Tenant, path: str, phrase: str) -> None:
    refused = knock(acme.olivia.client(), path, {"confirmation": phrase} | an_end_user(acme))
    assert told(refused) == (422, "validation_error")
    assert "confirmation" in str(refused.json()["errors"])
    assert not PrivacyRequest.objects.exists()
    assert User.objects.filter(id=acme.olivia.user.id, is_active=True).exists()


def sole_owner(acme: Tenant) -> Any:
    return knock(acme.olivia.client(), DELETION, {"confirmation": PHRASE})


def nobody(acme: Tenant) -> Any:
    return knock(api_client(), DELETION, {"confirmation": PHRASE})


def stale_erasure(acme: Tenant) -> Any:
    return knock(stale(acme.mia), DELETION, {"confirmation": PHRASE})


def stale_export(acme: Tenant) -> Any:
    return knock(stale(acme.mia), "/dashboard/compliance/data-export")


def stale_deletion_of_the_organization(acme: Tenant) -> Any:
    return knock(stale(acme.olivia), ORGANIZATION, {"confirmation": PHRASE})


def stale_erasure_of_an_end_user(acme: Tenant) -> Any:
    return knock(stale(acme.olivia), END_USER, {"confirmation": PHRASE} | an_end_user(acme))


def repeated(acme: Tenant) -> Any:
    client = acme.mia.client()
    assert knock(client, DELETION, {"confirmation": PHRASE}).status_code == 202
    return knock(client, DELETION, {"confirmation": PHRASE})


def repeated_for_the_organization(acme: Tenant) -> Any:
    client = acme.olivia.client()
    assert knock(client, ORGANIZATION, {"confirmation": PHRASE}).status_code == 202
    return knock(client, ORGANIZATION, {"confirmation": PHRASE})


def repeated_for_an_end_user(acme: Tenant) -> Any:
    client, body = acme.adam.client(), {"confirmation": PHRASE} | an_end_user(acme)
    assert knock(client, END_USER, body).status_code == 202
    return knock(client, END_USER, body)


def repeated_export(acme: Tenant) -> Any:
    client = acme.olivia.client()
    assert knock(client, "/dashboard/compliance/organization-export").status_code == 202
    return knock(client, "/dashboard/compliance/organization-export")


def somebody_else_s_status(acme: Tenant) -> Any:
    status_url = knock(acme.mia.client(), DELETION, {"confirmation": PHRASE}).json()["status_url"]
    return acme.adam.client().get(status_url)


def somebody_else_s_cancellation(acme: Tenant) -> Any:
    status_url = knock(acme.mia.client(), DELETION, {"confirmation": PHRASE}).json()["status_url"]
    return acme.adam.client().delete(status_url)


def in_somebody_else_s_name(acme: Tenant) -> Any:
    """Nothing in the body says whom: the extra names are not listened to, and the caller is the only owner."""
    body = {"confirmation": PHRASE, "user_id": str(acme.mia.user.id), "email": acme.mia.user.email}
    return knock(acme.olivia.client(), DELETION, body)


def a_member_for_the_organization(acme: Tenant) -> Any:
    return knock(acme.mia.client(), ORGANIZATION, {"confirmation": PHRASE})


def a_member_for_an_end_user(acme: Tenant) -> Any:
    return knock(acme.mia.client(), END_USER, {"confirmation": PHRASE} | an_end_user(acme))


def an_unknown_end_user(acme: Tenant) -> Any:
    return knock(acme.adam.client(), END_USER, {"confirmation": PHRASE, "end_user": "never seen"})


def too_late(acme: Tenant) -> Any:
    client = acme.mia.client()
    asked = knock(client, DELETION, {"confirmation": PHRASE}).json()
    PrivacyRequest.objects.filter(id=asked["id"]).update(state="running", position="announced")
    return client.delete(asked["status_url"])


def no_phrase_at_all(acme: Tenant) -> Any:
    return knock(acme.mia.client(), DELETION, {})


def a_phrase_that_is_a_list(acme: Tenant) -> Any:
    return knock(acme.mia.client(), DELETION, {"confirmation": [PHRASE]})


def a_huge_phrase(acme: Tenant) -> Any:
    return knock(acme.mia.client(), DELETION, {"confirmation": PHRASE * 10_000})


TABLE: list[tuple[Callable[[Tenant], Any], Answer]] = [
    (sole_owner, (409, "sole_owner")),
    (nobody, (401, "not_authenticated")),
    (stale_erasure, (403, "reauthentication_required")),
    (stale_export, (403, "reauthentication_required")),
    (stale_deletion_of_the_organization, (403, "reauthentication_required")),
    (stale_erasure_of_an_end_user, (403, "reauthentication_required")),
    (repeated, (409, "request_open")),
    (repeated_for_the_organization, (409, "request_open")),
    (repeated_for_an_end_user, (409, "request_open")),
    (repeated_export, (409, "request_open")),
    (somebody_else_s_status, (404, "not_found")),
    (somebody_else_s_cancellation, (404, "not_found")),
    (in_somebody_else_s_name, (409, "sole_owner")),
    (a_member_for_the_organization, (403, "permission_denied")),
    (a_member_for_an_end_user, (403, "permission_denied")),
    (an_unknown_end_user, (404, "nothing_known")),
    (too_late, (409, "not_cancellable")),
    (no_phrase_at_all, (422, "validation_error")),
    (a_phrase_that_is_a_list, (422, "validation_error")),
    (a_huge_phrase, (422, "validation_error")),
]


@pytest.mark.parametrize(("ask", "answer"), TABLE, ids=lambda value: getattr(value, "__name__", ""))
def test_each_refusal_is_its_own(acme: Tenant, ask: Callable[[Tenant], Any], answer: Answer) -> None:
    response = ask(acme)
    assert told(response) == answer, response.content
    assert response.json()["detail"]
    assert User.objects.filter(is_active=True, id__in=[acme.mia.user.id, acme.olivia.user.id]).count() == 2


def test_a_legal_hold_is_said_and_shown(acme: Tenant) -> None:
    client = acme.mia.client()
    with organization_scope(acme.organization.id):
        place_hold(caller=acme.owner.caller, reason="litigation")
    asked = knock(client, DELETION, {"confirmation": PHRASE}).json()
    working.work_on(asked["id"])
    shown = client.get(asked["status_url"]).json()
    assert (shown["status"], "legal hold" in shown["explanation"]) == ("blocked", True)
    assert client.delete(asked["status_url"]).json()["status"] == "cancelled"


def test_the_same_idempotency_key_is_the_same_request(acme: Tenant) -> None:
    client, headers = acme.mia.client(), {"Idempotency-Key": "once"}
    body = {"confirmation": PHRASE}
    first = client.post(DELETION, body, content_type="application/json", headers=headers)
    again = client.post(DELETION, body, content_type="application/json", headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert "receipt=" in first.json()["certificate_url"]
    assert "receipt=" not in again.json()["certificate_url"]
    assert PrivacyRequest.objects.count() == 1
