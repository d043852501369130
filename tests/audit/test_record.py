"""`record`: part of the business transaction, canonical, without a person in it."""

from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction

from audit.actions import Action, Outcome
from audit.envelope import MASKED, Target
from audit.models import PLATFORM_ORGANIZATION_ID, AuditEvent, DataSubject, InboxEvent, PrivatePart
from audit.selectors import personal_values
from audit.services import await_seal, record
from promptguard.core.caller import Caller, Origin, anonymous_caller, system_caller
from promptguard.core.canonical import leaf_hash, parse
from promptguard.core.tenancy import UnscopedQuery, organization_scope, platform_scope


def sealed(caller: Caller, **lookup: object) -> AuditEvent:
    with organization_scope(caller.tenant):
        return AuditEvent.objects.for_caller(caller).get(**lookup)


def content(event: AuditEvent) -> dict:  # type: ignore[type-arg]
    return parse(bytes(event.canonical))  # type: ignore[no-any-return]


def test_the_receipt_is_the_leaf_of_what_is_stored(caller: Caller) -> None:
    receipt = record(Action.PROJECT_CREATED, caller=caller, after={"name": "Support"})
    event = sealed(caller, event_id=receipt.event_id)
    assert receipt.integrity_hash == leaf_hash(bytes(event.canonical)).hex() == bytes(event.leaf_hash).hex()
    assert await_seal(receipt) == event.seq == 1


def test_the_envelope_says_who_did_what_to_what(caller: Caller) -> None:
    project = uuid4()
    record(Action.PROJECT_UPDATED, caller=caller, targets=[Target("project", project)], reason="tidy")
    said = content(sealed(caller))
    assert said["type"] == "project.updated" and said["org"] == str(caller.organization_id)
    assert said["targets"] == [{"type": "project", "ref": str(project)}]
    assert said["actor"]["type"] == "user" and said["actor"]["via"] == "session"
    assert said["request_id"] == "request-0001" and said["pub"] == {"reason": "tidy"}
    assert said["outcome"] == Outcome.SUCCESS and said["severity"] == "notice"


def test_only_what_changed_is_kept_and_secrets_are_masked(caller: Caller) -> None:
    record(
        Action.PROJECT_UPDATED,
        caller=caller,
        before={"name": "a", "mode": "block", "webhook_secret": "old"},
        after={"name": "b", "mode": "block", "webhook_secret": "new"},
        details={"auth": [{"password": "hunter2", "password_changed": True}]},
    )
    said = content(sealed(caller))["pub"]
    assert said["before"] == {"name": "a", "webhook_secret": MASKED}
    assert said["after"] == {"name": "b", "webhook_secret": MASKED}
    assert said["details"] == {"auth": [{"password": MASKED, "password_changed": True}]}


def test_a_rolled_back_change_leaves_no_event(caller: Caller) -> None:
    with pytest.raises(ZeroDivisionError), organization_scope(caller.tenant):
        record(Action.PROJECT_CREATED, caller=caller)
        raise ZeroDivisionError
    kept = record(Action.PROJECT_DELETED, caller=caller)
    event = sealed(caller)
    assert event.event_id == kept.event_id and event.seq == 1


def test_nobody_can_be_found_in_the_chain(caller: Caller) -> None:
    member = uuid4()
    record(
        Action.MEMBER_ADDED,
        caller=caller,
        targets=[Target("user", member)],
        personal={member: {"email": "mia@acme.example"}},
    )
    document = bytes(sealed(caller).canonical)
    for trace in (str(caller.actor.id), str(member), "mia@acme.example", "203.0.113.9", "Mozilla"):
        assert trace.encode() not in document
    with organization_scope(caller.tenant):
        refs = dict(DataSubject.objects.for_caller(caller).values_list("user_id", "subject_ref"))
        assert content(sealed(caller))["actor"]["ref"] == refs[caller.actor.id]  # type: ignore[index]
        assert content(sealed(caller))["targets"][0]["ref"] == refs[member]
        assert PrivatePart.objects.for_caller(caller).count() == 2


def test_the_private_part_can_be_read_by_those_who_may(caller: Caller) -> None:
    member = uuid4()
    record(Action.MEMBER_ADDED, caller=caller, personal={member: {"email": "mia@acme.example"}})
    with organization_scope(caller.tenant):
        (values,) = personal_values(caller, [sealed(caller)]).values()
    assert values[member] == {"email": "mia@acme.example"}
    assert values[caller.actor.id] == {  # type: ignore[index]
        "ip": "203.0.113.9",
        "user_agent": "Mozilla/5.0",
    }


def test_a_person_keeps_one_pseudonym_per_organization(caller: Caller) -> None:
    for _ in range(3):
        record(Action.AUTHENTICATION_SIGNED_IN, caller=caller)
    with organization_scope(caller.tenant):
        assert AuditEvent.objects.for_caller(caller).values("actor_ref").distinct().count() == 1
    elsewhere = caller.within(uuid4())
    record(Action.AUTHENTICATION_SIGNED_IN, caller=elsewhere)
    with platform_scope():
        assert (
            DataSubject.all_tenants.filter(user_id=caller.actor.id).values("subject_ref").distinct().count()  # type: ignore[misc]
            == 2
        )


def test_what_happens_outside_any_tenant_goes_to_the_platform(caller: Caller) -> None:
    stranger = anonymous_caller(Origin("198.51.100.7", "curl/8", "request-0002"))
    receipt = record(Action.AUTHENTICATION_FAILED, caller=stranger, outcome=Outcome.FAILURE)
    with organization_scope(caller.tenant):
        inside = record(Action.AUTHENTICATION_FAILED, caller=caller, organization_id=PLATFORM_ORGANIZATION_ID)
        assert not AuditEvent.all_tenants.filter(event_id=receipt.event_id).exists()
    with platform_scope():
        chains = AuditEvent.all_tenants.filter(event_id__in=[receipt.event_id, inside.event_id])
        assert {event.organization_id for event in chains} == {PLATFORM_ORGANIZATION_ID}


def test_a_foreign_chain_is_refused_by_the_database(caller: Caller) -> None:
    with pytest.raises(ProgrammingError), organization_scope(caller.tenant):
        record(Action.PROJECT_CREATED, caller=system_caller(), organization_id=uuid4())


def test_another_tenant_sees_nothing(caller: Caller) -> None:
    record(Action.PROJECT_CREATED, caller=caller)
    with organization_scope(uuid4()):
        assert not AuditEvent.all_tenants.exists()
        assert not PrivatePart.all_tenants.exists()


def test_reading_needs_a_caller(caller: Caller) -> None:
    with pytest.raises(UnscopedQuery):
        AuditEvent.objects.count()


def test_waiting_for_the_seal_inside_the_transaction_is_refused(caller: Caller) -> None:
    with organization_scope(caller.tenant):
        receipt = record(Action.PROJECT_CREATED, caller=caller)
        with pytest.raises(RuntimeError):
            await_seal(receipt)


def test_without_a_sequencer_an_event_waits_in_the_inbox(caller: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SEALING = "sequencer"
    receipt = record(Action.PROJECT_CREATED, caller=caller)
    assert await_seal(receipt, timeout_seconds=0) is None
    with organization_scope(caller.tenant):
        assert InboxEvent.objects.for_caller(caller).count() == 1


def test_sealing_is_asked_for_once_per_transaction(caller: Caller) -> None:
    with organization_scope(caller.tenant):
        for _ in range(3):
            record(Action.PROJECT_CREATED, caller=caller)
        assert len(transaction.get_connection().run_on_commit) <= 5
