"""Erasure: nothing is left, every chain still verifies, and the certificate says so to anybody."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from audit import ledger
from audit.holds import place_hold, release_hold
from audit.sealing import seal_batch
from audit.verification.keys import public_keys
from compliance import certificates, erasure, tasks, working
from compliance.models import PrivacyRequest
from organizations.models import User
from promptguard.core.jobs.models import Job
from promptguard.core.jobs.running import drain
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard.engine import Content, Direction, Message
from promptguard.guard.models import Interaction
from promptguard.guard.services import Attribution, screen
from promptguard.projects import services as project_services
from promptguard.projects.models import ApiKey
from tests import servers
from tests.conftest import close_connections
from tests.people import PASSWORD, Tenant, api_client

PHRASE = {"confirmation": "DELETE MY DATA"}
ADDRESS = "mia@acme.example"


def delete(client: Client, body: Any = PHRASE) -> Any:
    return client.post("/dashboard/compliance/data-deletion", body, content_type="application/json")


def a_life(tenant: Tenant, interactions: int = 3) -> None:
    """Mia signs in, makes a key, and asks things under her own address."""
    tenant.mia.token()
    with organization_scope(tenant.organization.id):
        project_services.create_api_key(caller=tenant.mia.caller, name="Hers", project=tenant.project)
    for number in range(interactions):
        with organization_scope(tenant.organization.id):
            screen(
                caller=tenant.key_caller,
                project=tenant.project,
                content=Content((Message("user", f"Canary prompt {number}"),), Direction.INPUT),
                attribution=Attribution("guard", end_user=ADDRESS, session_id=f"session of {ADDRESS}"),
            )


def verified() -> None:
    seal_batch()
    call_command("verify_audit_chain", verbosity=0)


def dump(database: str) -> str:
    """Everything the database holds, as text."""

    tables = []
    with servers.superuser(database) as superuser, superuser.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for (table,) in cursor.fetchall():
            with cursor.copy(f"COPY {table} TO STDOUT") as rows:
                tables.append(b"".join(bytes(block) for block in rows).decode())
    return "\n".join(tables)


def test_a_person_is_gone_everywhere_and_the_proof_stands(live_acme: Tenant, live_database: str) -> None:
    a_life(live_acme)
    client, user_id = live_acme.mia.client(), live_acme.mia.user.id
    assert ADDRESS in dump(live_database)
    asked = delete(client)
    assert asked.status_code == 202
    assert asked.json()["progress"]["total"] > 0
    request = working.work_on(asked.json()["id"])
    assert (request.state, request.explanation) == ("done", "")

    text = dump(live_database)
    assert ADDRESS not in text
    assert "Mia" not in text
    assert str(user_id) not in text
    with platform_scope():
        assert not User.objects.filter(id=user_id).exists()
        kept = Interaction.all_tenants.filter(organization=live_acme.organization)
        assert {(row.end_user, row.content, row.session_id) for row in kept} == {("", None, "")}
        assert ApiKey.all_tenants.get(name="Hers").created_by_id is None
    verified()
    shown = api_client().get(asked.json()["certificate_url"]).json()
    assert (shown["status"], shown["certificate"]) == ("done", request.certificate)
    assert api_client().get(asked.json()["certificate_url"] + "x").status_code == 404
    assert api_client().post(
        "/dashboard/auth/login", {"email": ADDRESS, "password": PASSWORD}, content_type="application/json"
    ).status_code == 401  # fmt: skip


def test_the_certificate_is_checked_by_anybody_with_the_key(live_acme: Tenant) -> None:
    a_life(live_acme)
    request = working.work_on(delete(live_acme.mia.client()).json()["id"])
    keys = public_keys()
    facts = certificates.verify(request.certificate, keys)
    assert facts["request"] == [str(request.id)]
    assert facts["rescan"] == ["0"]
    assert "erased 3" in " ".join(f"erased {value}" for value in facts["erased"])
    assert any(str(live_acme.organization.id) in chain for chain in facts["chain"])
    assert certificates.is_about(request.certificate, live_acme.mia.user.id)
    assert not certificates.is_about(request.certificate, live_acme.adam.user.id)
    for forged in (
        request.certificate.replace("rescan 0", "rescan 1"),
        request.certificate.replace("erased 3", "erased 9"),
        request.certificate.partition("\n\n")[0],
        "",
    ):
        with pytest.raises(certificates.NotACertificate):
            certificates.verify(forged, keys)


@pytest.mark.parametrize(
    "phrase", ["delete my data", "DELETE MY DATA ", " DELETE MY DATA", "DELETE  MY DATA", "yes", ""]
)
def test_any_other_phrase_does_nothing(live_acme: Tenant, phrase: str) -> None:
    refused = delete(live_acme.mia.client(), {"confirmation": phrase})
    assert refused.status_code == 422
    assert not PrivacyRequest.objects.exists()


def test_the_only_owner_is_told_what_to_hand_over(live_acme: Tenant) -> None:
    refused = delete(live_acme.olivia.client())
    assert (refused.status_code, refused.json()["code"]) == (409, "sole_owner")
    assert refused.json()["organizations"] == [{"id": str(live_acme.organization.id), "name": "Acme"}]


def test_twice_is_once(live_acme: Tenant) -> None:
    client = live_acme.mia.client()
    assert delete(client).status_code == 202
    assert delete(client).json()["code"] == "request_open"


def test_a_legal_hold_blocks_and_its_release_goes_on(live_acme: Tenant) -> None:
    a_life(live_acme)
    owner = live_acme.owner.caller
    with organization_scope(live_acme.organization.id):
        hold = place_hold(caller=owner, reason="litigation", user_id=live_acme.mia.user.id)
    request = working.work_on(delete(live_acme.mia.client()).json()["id"])
    assert request.state == "blocked"
    assert "legal hold" in request.explanation
    assert User.objects.filter(email=ADDRESS).exists()
    with organization_scope(live_acme.organization.id):
        release_hold(caller=owner, hold_id=hold.id)
    assert working.work_on(request.id).state == "done"
    verified()


def test_the_grace_period_can_be_used_to_change_one_s_mind(live_acme: Tenant, settings: Any) -> None:
    settings.ERASURE_GRACE_DAYS = 30
    client = live_acme.mia.client()
    asked = delete(client).json()
    assert working.work_on(asked["id"]).state == "waiting"
    assert client.delete(asked["status_url"]).json()["status"] == "cancelled"
    assert client.delete(asked["status_url"]).json()["code"] == "not_cancellable"
    assert delete(client).status_code == 202


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing after it runs, nothing uncommitted stays."""


@pytest.mark.parametrize("survives", range(8))
def test_a_worker_killed_after_any_chunk_is_succeeded_without_double_counting(
    live_acme: Tenant, survives: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_life(live_acme, interactions=4)
    monkeypatch.setattr(erasure, "CHUNK", 1)
    monkeypatch.setattr(erasure.erase_chunk, "__defaults__", (1,))
    request_id = delete(live_acme.mia.client()).json()["id"]
    seen = 0

    def count_and_die(done: int, total: int) -> None:
        nonlocal seen
        seen += 1
        if seen > survives:
            raise Killed

    with pytest.raises(Killed):
        working.work_on(request_id, count_and_die)
    connection.close()
    request = working.work_on(request_id)
    assert request.state == "done"
    assert request.counts["guard.Interaction"] == 4
    assert request.counts["organizations.User"] == 1
    verified()


def test_the_commands(live_acme: Tenant, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    a_life(live_acme)
    call_command("export_subject", ADDRESS, "--output", str(tmp_path / "mia.zip"))
    assert (tmp_path / "mia.zip").stat().st_mode & 0o777 == 0o600
    call_command("erase_subject", ADDRESS, "--reason", "letter 7", "--dry-run", "--json")
    assert '"guard.Interaction": 3' in capsys.readouterr().out
    assert User.objects.filter(email=ADDRESS).exists()
    certificate = tmp_path / "certificate.txt"
    call_command("erase_subject", ADDRESS, "--reason", "letter 7", "--certificate", str(certificate))
    call_command("verify_certificate", str(certificate))
    assert "genuine" in capsys.readouterr().out
    certificate.write_text(certificate.read_text().replace("rescan 0", "rescan 5"))
    with pytest.raises(CommandError, match="not genuine"):
        call_command("verify_certificate", str(certificate))
    with pytest.raises(CommandError, match="nobody"):
        call_command("erase_subject", ADDRESS, "--reason", "again")


def test_the_sweep_does_what_is_due(live_acme: Tenant) -> None:
    request_id = delete(live_acme.mia.client()).json()["id"]
    tasks.work()
    tasks.work()
    with platform_scope():
        assert Job.objects.filter(task=tasks.ANSWER).count() == 1
    drain("default")
    assert PrivacyRequest.objects.get(id=request_id).state == "done"


def test_a_restored_backup_brings_nobody_back(live_acme: Tenant, live_database: str, tmp_path: Any) -> None:
    a_life(live_acme)
    user_id = live_acme.mia.user.id
    client, backup = live_acme.mia.client(), f"{live_database}_backup"
    close_connections()
    servers.fresh_database(backup, live_database)
    assert working.work_on(delete(client).json()["id"]).state == "done"
    assert ledger.returned(ledger.erasures()) == []
    close_connections()
    servers.fresh_database(live_database, backup)
    assert User.objects.filter(id=user_id).exists()
    assert [each.user_id for each in ledger.returned(ledger.erasures())] == [user_id]
    call_command("replay_erasures", "--dry-run")
    assert User.objects.filter(id=user_id).exists()
    call_command("replay_erasures", "--json")
    assert ledger.returned(ledger.erasures()) == []
    assert ADDRESS not in dump(live_database)
    verified()
    with servers.superuser() as superuser:
        superuser.execute(f'DROP DATABASE "{backup}"')


def test_what_cannot_be_removed_is_named_and_tried_again(live_acme: Tenant, monkeypatch: Any) -> None:
    class Stubborn:
        name = "a stubborn place"
        left = 1

        def erase(self, known: Any) -> None: ...

        def remaining(self, known: Any) -> int:
            return self.left

    monkeypatch.setattr(erasure, "traces", lambda: (Stubborn(),))
    request = working.work_on(delete(live_acme.mia.client()).json()["id"])
    assert (request.state, request.certificate) == ("failed", "")
    assert "a stubborn place" in request.explanation
    Stubborn.left = 0
    call_command("run_privacy_requests", "--retry-failed")
    request.refresh_from_db()
    assert request.state == "done"
    assert certificates.facts(request.certificate)["rescan"] == ["0"]


def test_rows_written_meanwhile_are_taken_in_another_pass(live_acme: Tenant) -> None:
    """The application goes on sending prompts under the label while the erasure runs behind them."""
    a_life(live_acme)
    request_id = delete(live_acme.mia.client()).json()["id"]
    late = iter([2])

    def write_on(done: int, total: int) -> None:
        if PrivacyRequest.objects.get(id=request_id).position == "organizations.User":
            a_few_more = next(late, 0)
            for number in range(a_few_more):
                with organization_scope(live_acme.organization.id):
                    screen(
                        caller=live_acme.key_caller,
                        project=live_acme.project,
                        content=Content((Message("user", f"Late prompt {number}"),), Direction.INPUT),
                        attribution=Attribution("guard", end_user=ADDRESS),
                    )

    request = working.work_on(request_id, write_on)
    assert (request.state, request.counts["guard.Interaction"]) == ("done", 5)
    with platform_scope():
        assert not Interaction.all_tenants.filter(end_user=ADDRESS).exists()
    verified()
