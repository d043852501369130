"""The dashboard's audit doors over sealed, signed events: filters, pages, and proofs that a client recomputes."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from audit import hashing, promptguard_verify, tree
from audit.actions import Action, Outcome
from audit.anchors import configured_sinks, publish_anchors
from audit.checkpoints import sign_checkpoints
from audit.envelope import Target
from audit.models import AuditEvent, SealedInteraction
from audit.notes import parse_checkpoint
from audit.promptguard_verify import Keyring, copied_records
from audit.proofs import interaction_proof
from audit.sealing import seal_batch
from audit.services import record, record_interaction
from organizations.roles import Role
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.people import Person, Tenant, found_tenant

EVENTS = 300


@pytest.fixture(scope="module")
def acme(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant with three hundred events, signed twice."""
    folder = tmp_path_factory.mktemp("api")
    with override_settings(
        AUDIT_SIGNING_KEYS=str(folder / "keys"),
        AUDIT_ANCHOR_FILE=str(folder / "anchors"),
        AUDIT_SEALING="sequencer",
    ):
        tenant = found_tenant("Acme", "acme-audit", {"Olivia": Role.OWNER, "Mia": Role.MEMBER})
        seal_batch()
        for part in range(2):
            fill(tenant, EVENTS // 2, part)
            sinks = configured_sinks()
            sign_checkpoints(tuple(sinks), organization_id=tenant.organization.id, interval="0 seconds")
            publish_anchors(sinks)
        yield tenant


def fill(tenant: Tenant, count: int, part: int) -> None:
    caller = tenant.owner.caller
    with organization_scope(tenant.organization.id):
        for number in range(count):
            outcome = Outcome.DENIED if number % 50 == 0 else Outcome.SUCCESS
            record(
                Action.PROJECT_UPDATED, caller=caller, targets=[Target("project", tenant.project.id)],
                outcome=outcome, details={"name": f"needle-{part}-{number}"},
            )  # fmt: skip
    seal_batch()


@pytest.fixture
def olivia(acme: Tenant) -> Person:
    return acme.owner


def get(person: Person, path: str, **query: str) -> dict:  # type: ignore[type-arg]
    response = person.client().get(f"/dashboard/audit/{path}", query)
    assert response.status_code == 200, response.content
    return response.json()  # type: ignore[no-any-return]


def test_pages_lead_through_everything_once(olivia: Person) -> None:
    client, seen = olivia.client(), []
    url = "/dashboard/audit/events?limit=100&action=project.updated"
    while url:
        page = client.get(url).json()
        seen += [event["seq"] for event in page["results"]]
        url = page["next"]
    assert len(seen) == EVENTS and seen == sorted(set(seen), reverse=True)


def test_an_event_reads_like_a_sentence(olivia: Person) -> None:
    (event,) = get(olivia, "events", limit="1", search="needle-1-149")["results"]
    assert event["status"] == "sealed" and event["action"] == "project.updated"
    assert event["actor"]["user_id"] == str(olivia.user.id)
    assert event["message"].startswith("User ") and "changed the project" in event["message"]
    assert {"user_id": str(olivia.user.id), "values": {"ip": "203.0.113.7", "user_agent": "tests"}} in event[
        "personal"
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"outcome": "denied"}, 6),
        ({"search": "needle-0-7"}, 11),
        ({"action": "organization.created"}, 1),
        ({"target": "nothing"}, 0),
        ({"from": "2099-01-01T00:00:00Z"}, 0),
        ({"to": "2020-01-01T00:00:00Z"}, 0),
    ],
)
def test_filters(olivia: Person, query: dict[str, str], count: int) -> None:
    assert len(get(olivia, "events", limit="1000", **query)["results"]) == count


def test_people_are_found_by_their_id(acme: Tenant, olivia: Person) -> None:
    found = get(olivia, "events", limit="1000", actor=str(olivia.user.id))["results"]
    assert len(found) >= EVENTS
    assert get(olivia, "events", actor=str(uuid4()))["results"] == []
    assert get(olivia, "events", limit="1000", target=str(acme.project.id))["results"]


@pytest.mark.parametrize("query", ["cursor=x", "cursor=1.x", "limit=0", "action=nonsense", "from=yesterday"])
def test_malformed_questions_are_refused(olivia: Person, query: str) -> None:
    response = olivia.client().get(f"/dashboard/audit/events?{query}")
    assert response.status_code == 422


def test_the_list_takes_as_many_queries_for_one_as_for_many(olivia: Person) -> None:
    """The door reads the organization again after a second, which a busy machine may need: the fewest of three count."""
    client = olivia.client()

    def queries(limit: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/dashboard/audit/events?limit={limit}")
        return len(captured)

    one, many = (min(queries(limit) for _ in range(3)) for limit in (1, 100))
    assert one == many


def test_a_client_recomputes_the_signed_root_from_one_event(acme: Tenant, olivia: Person) -> None:
    signed = get(olivia, "checkpoint")
    keys = Keyring(pinned=signed["keys"])
    for seq in (1, 7, 150, 256, 290):
        proof = get(olivia, f"events/{seq}/proof")
        leaf = hashlib.sha256(b"\x00" + proof["event"].encode()).digest()
        assert leaf.hex() == proof["integrity_hash"]
        sealed_us = promptguard_verify.microseconds(proof["sealed_at"])
        prefix = hashing.link_prefix(acme.organization.id, proof["epoch"])
        link = hashing.link(prefix, proof["seq"], sealed_us, bytes.fromhex(proof["previous"]), leaf)
        assert link.hex() == proof["hash"]
        assert keys.signer(proof["checkpoint"])
        path = [bytes.fromhex(step) for step in proof["path"]]
        root = promptguard_verify.included(proof["index"], proof["size"], tree.leaf(link), path)
        said = parse_checkpoint(proof["checkpoint"])
        assert (said.size, said.root) == (proof["size"], root)


def test_the_note_is_in_the_log_that_everybody_shares(acme: Tenant, olivia: Person) -> None:
    signed = get(olivia, "checkpoint")
    log = signed["log"]
    value = bytes.fromhex(log["salt"]) + acme.organization.id.bytes + signed["note"].encode()
    assert tree.leaf(value).hex() == log["leaf"]
    path = [bytes.fromhex(step) for step in log["path"]]
    root = promptguard_verify.included(log["index"], log["size"], tree.leaf(value), path)
    said = parse_checkpoint(log["note"])
    assert (said.size, said.root) == (log["size"], root)


def test_two_checkpoints_are_proved_consistent(acme: Tenant, olivia: Person) -> None:
    newest = get(olivia, "checkpoint")
    first = parse_checkpoint(get(olivia, "events/1/proof")["checkpoint"])
    assert first.size < newest["size"]
    proof = get(olivia, "consistency", **{"from": str(first.size), "to": str(newest["size"])})
    path = [bytes.fromhex(step) for step in proof["path"]]
    new_root = bytes.fromhex(newest["root"])
    assert tree.is_consistent(first.size, newest["size"], first.root, new_root, path)
    assert not tree.is_consistent(first.size, newest["size"], bytes(32), new_root, path)


def test_verifying_says_what_was_found_and_is_itself_recorded(acme: Tenant, olivia: Person) -> None:
    response = olivia.client().post("/dashboard/audit/verify", content_type="application/json")
    assert response.json()["exit"] == 0 and response.json()["counts"]["anchors"] == 2
    seal_batch()
    assert get(olivia, "events", limit="1", action="audit.verified")["results"]


@pytest.mark.parametrize("name", ["bundle", "ndjson", "ocsf", "ecs", "cef", "csv"])
def test_exports_verify_offline(olivia: Person, name: str, tmp_path: Path) -> None:
    response = olivia.client().post(
        "/dashboard/audit/export", json.dumps({"format": name}), content_type="application/json"
    )
    file = tmp_path / "export"
    file.write_bytes(b"".join(response.streaming_content))  # type: ignore[attr-defined]
    pinned = [argument for key in get(olivia, "checkpoint")["keys"] for argument in ("--key", key)]
    assert promptguard_verify.main([str(file), *pinned]) == 0


def test_an_export_continues_where_the_receiver_is(olivia: Person) -> None:
    body = json.dumps({"format": "ndjson", "epoch": 1, "after": 290})
    response = olivia.client().post("/dashboard/audit/export", body, content_type="application/json")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert min(record["seq"] for record in copied_records(text) if "seq" in record) == 291


def test_a_member_may_not_read_the_log(acme: Tenant) -> None:
    member = next(one for one in acme.people.values() if one.role is Role.MEMBER)
    for path in ("events", "checkpoint", "consistency"):
        assert member.client().get(f"/dashboard/audit/{path}").status_code == 403


def test_an_interaction_has_a_proof_into_the_chain(acme: Tenant) -> None:
    identifier, leaf = uuid4(), hashlib.sha256(b"canonical bytes").digest()
    with organization_scope(acme.organization.id):
        for each in (uuid4(), identifier, uuid4()):
            record_interaction(organization_id=acme.organization.id, interaction_id=each, leaf_hash=leaf)
    seal_batch()
    caller = acme.owner.caller
    with organization_scope(acme.organization.id):
        place = SealedInteraction.objects.for_caller(caller).get(interaction_id=identifier)
        proof = interaction_proof(caller, place)
        from audit.selectors import event_named

        event = event_named(caller, str(proof["event_id"]))
    assert event is not None
    root = promptguard_verify.included(
        proof["index"], proof["size"], tree.leaf(leaf), [bytes.fromhex(step) for step in proof["path"]]
    )
    assert root is not None and root.hex() == json.loads(bytes(event.canonical))["pub"]["details"]["root"]


def test_a_denied_request_is_on_record_once_a_minute(acme: Tenant, olivia: Person) -> None:
    """Throttled for each person and permission: whoever keeps trying does not fill the chain."""
    member = next(one for one in acme.people.values() if one.role is Role.MEMBER)
    for path in ("events", "checkpoint", "events"):
        assert member.client().get(f"/dashboard/audit/{path}").status_code == 403
    seal_batch()
    (event,) = get(olivia, "events", action="permission.denied", actor=str(member.user.id))["results"]
    assert event["outcome"] == "denied" and event["actor"]["user_id"] == str(member.user.id)
    assert event["changes"]["details"] == {"permission": "audit:read", "method": "GET"}
    assert "tried something that the role does not allow" in event["message"]


def test_a_failed_sign_in_is_on_record_and_names_nobody_in_the_hashed_bytes(
    acme: Tenant, olivia: Person
) -> None:
    body = json.dumps({"email": olivia.user.email, "password": "not the password"})
    assert Client().post("/dashboard/auth/login", body, "application/json").status_code == 401
    with platform_scope():
        seal_batch()
        rows = AuditEvent.all_tenants.filter(event_type="authentication.failed").order_by("-sealed_at")
        newest = rows.first()
    assert newest is not None and newest.outcome == "failure"
    assert olivia.user.email.encode() not in bytes(newest.canonical)


def test_each_filter_agrees_with_looking_at_everything(olivia: Person) -> None:
    """Against a plain walk over all events, for values that occur: no filter is silently ignored."""
    client, everything = olivia.client(), []
    url = "/dashboard/audit/events?limit=1000"
    while url:
        page = client.get(url).json()
        everything += page["results"]
        url = page["next"]
    middle = everything[len(everything) // 2]["occurred_at"]
    questions: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
        "severity": ("notice", lambda event: event["severity"] == "notice"),
        "outcome": ("success", lambda event: event["outcome"] == "success"),
        "action": ("project.updated", lambda event: event["action"] == "project.updated"),
        "from": (middle, lambda event: event["occurred_at"] >= middle),
        "to": (middle, lambda event: event["occurred_at"] < middle),
        "search": ("needle-1-", lambda event: "needle-1-" in json.dumps(event["changes"])),
    }
    for name, (value, holds) in questions.items():
        expected = {event["id"] for event in everything if holds(event)}
        assert 0 < len(expected) < len(everything), name
        found = {event["id"] for event in get(olivia, "events", limit="1000", **{name: value})["results"]}
        assert found - expected == set() or name in ("from", "search"), name
        assert expected <= found, name
