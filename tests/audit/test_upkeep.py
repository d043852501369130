"""What the sequencer's process does besides sealing, who does it where there is none, and what others see of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine
from rest_framework.test import APIClient

from audit import tasks, upkeep
from audit.actions import Action
from audit.models import CheckpointRow
from audit.privileges import GRANTS
from audit.sealing import seal_batch
from audit.services import record
from audit.verification.anchors import AnchorEvidence
from promptguard.core import metrics
from promptguard.core.caller import Caller, system_caller
from promptguard.core.tenancy import organization_scope, platform_scope


@pytest.fixture
def quiet(caller: Caller, superuser: psycopg.Connection, tmp_path: Path, settings) -> Caller:  # type: ignore[no-untyped-def]
    superuser.execute(f"TRUNCATE {', '.join(GRANTS)}")
    settings.AUDIT_SIGNING_KEYS = str(tmp_path / "keys")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    upkeep._glance._known.clear()
    return caller


def append(caller: Caller, seconds_ago: float = 0) -> None:
    with (
        time_machine.travel(datetime.now(UTC) - timedelta(seconds=seconds_ago)),
        organization_scope(caller.tenant),
    ):
        record(Action.PROJECT_UPDATED, caller=caller)


def readiness() -> tuple[int, object]:
    upkeep._glance._known.clear()
    answer = APIClient().get("/health/ready")
    return answer.status_code, answer.json()


def test_readiness_says_when_sealing_lags_behind(quiet: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SEALING = "sequencer"
    append(quiet)
    assert readiness() == (200, {"status": "ready", "checks": {"database": "ok", "audit": "ok"}})
    append(quiet, seconds_ago=31)
    assert readiness() == (200, {"status": "degraded", "checks": {"database": "ok", "audit": "behind"}})
    seal_batch()
    assert readiness() == (200, {"status": "ready", "checks": {"database": "ok", "audit": "ok"}})


def test_the_inbox_is_not_counted_for_everybody_who_asks(quiet: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SEALING = "sequencer"
    assert readiness()[1] == {"status": "ready", "checks": {"database": "ok", "audit": "ok"}}
    append(quiet, seconds_ago=31)
    assert APIClient().get("/health/ready").json()["status"] == "ready"


def test_a_full_inbox_is_behind_however_young(quiet: Caller, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO audit_inbox (event_id, org_id, occurred_at, event_type, actor_ref, target_refs, outcome, severity,"
        " canonical, leaf_hash) SELECT gen_random_uuid(), %s, now(), 'x', '', '{}', '', '', '', sha256('')"
        " FROM generate_series(1, 100001)",
        [quiet.tenant],
    )
    found = upkeep.figures()
    assert (found["unsealed"], found["ready"]) == (100_001, False)


def test_prometheus_reads_fresh_figures(quiet: Caller, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SEALING, settings.METRICS_ALLOWED_CIDRS = "sequencer", ["127.0.0.0/8"]
    for _ in range(3):
        append(quiet, seconds_ago=10)
    text = APIClient().get("/metrics").content.decode()
    assert "promptguard_audit_backlog_events 3.0" in text
    age = next(
        line for line in text.splitlines() if line.startswith("promptguard_audit_backlog_age_seconds ")
    )
    assert 10 <= float(age.split()[1]) < 30


def test_the_last_clean_run_is_a_figure(quiet: Caller) -> None:
    with platform_scope():
        record(Action.AUDIT_VERIFIED, caller=system_caller(), details={"exit": 0})
    upkeep.figures()
    first = metrics.AUDIT_LAST_VERIFIED._value.get()
    assert abs(first - datetime.now(UTC).timestamp()) < 30
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)), platform_scope():
        record(Action.AUDIT_VERIFIED, caller=system_caller(), details={"exit": 1})
    upkeep.figures()
    assert metrics.AUDIT_LAST_VERIFIED._value.get() == first


def test_without_a_sequencer_the_schedule_signs_and_anchors(quiet: Caller, tmp_path: Path, settings) -> None:  # type: ignore[no-untyped-def]
    append(quiet)
    assert tasks.publish() == 1
    with organization_scope(quiet.tenant):
        assert CheckpointRow.objects.for_caller(quiet).get().size == 1
    assert len(AnchorEvidence.from_file(str(tmp_path / "anchors"), required=True).notes(quiet.tenant)) == 1
    append(quiet)
    settings.AUDIT_SEALING = "sequencer"
    assert tasks.publish() == 0
