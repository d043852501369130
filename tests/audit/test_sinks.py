"""The anchors that others keep: a locked bucket, and somebody else's clock. A sink that fails stops nothing."""

import hashlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from audit.actions import Action
from audit.anchors import AnchorRecord, configured_sinks, publish_anchors
from audit.anchors.file import FileSink
from audit.anchors.s3 import ObjectLockSink
from audit.anchors.timestamping import TimestampRefused, TimestampSink, certified_at
from audit.checkpoints import origin_of, sign_checkpoints
from audit.keys import current_key
from audit.models import Anchor
from audit.notes import checkpoint
from audit.privileges import GRANTS
from audit.services import record
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.audit.authority import TimeStampAuthority

RECORD = AnchorRecord(7, "a note\n\n— key c2lnbmF0dXJl\n", [{"index": 6}], ["key"])


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    """An S3 that keeps object locks, in a process of its own; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + 60
        while not _answers(port) and time.monotonic() < ends:
            assert process.poll() is None
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def bucket(object_store: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A real boto3 client, which learns everything from its own environment, as in production."""
    for name, value in (
        ("ACCESS_KEY_ID", "test"),
        ("SECRET_ACCESS_KEY", "test"),
        ("DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", object_store)
    client = boto3.client("s3")
    client.create_bucket(Bucket="anchors", ObjectLockEnabledForBucket=True)
    return client


def test_a_locked_object_cannot_be_taken_back(bucket: Any) -> None:
    sink = ObjectLockSink("anchors", 30, bucket)
    receipt = sink.publish(RECORD)
    found = bucket.head_object(Bucket="anchors", Key="anchors/00000000000000000007.json")
    assert found["ObjectLockMode"] == "COMPLIANCE" and found["VersionId"] == receipt.decode()
    assert found["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=29)
    with pytest.raises(bucket.exceptions.ClientError):
        bucket.delete_object(
            Bucket="anchors", Key="anchors/00000000000000000007.json", VersionId=receipt.decode()
        )


def test_an_overwritten_record_is_read_in_its_first_version(bucket: Any) -> None:
    sink = ObjectLockSink("anchors", 30, bucket)
    sink.publish(RECORD)
    bucket.put_object(Bucket="anchors", Key="anchors/00000000000000000007.json", Body=b'{"forged": true}')
    (line,) = sink.lines()
    assert json.loads(line)["size"] == 7


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is made of openssl")
def test_a_time_stamp_is_about_the_note() -> None:
    authority = TimeStampAuthority()
    receipt = TimestampSink("https://tsa.example", authority.roots, authority.answer).publish(RECORD)
    seen = certified_at(receipt, RECORD.note, authority.roots)
    assert abs(seen - datetime.now(UTC)) < timedelta(minutes=5)
    for note, roots in (
        (RECORD.note + "x", authority.roots),
        (RECORD.note, TimeStampAuthority().roots),
        (RECORD.note, ""),
    ):
        with pytest.raises(TimestampRefused):
            certified_at(receipt, note, roots)
    with pytest.raises(TimestampRefused):
        certified_at(receipt[:-9], RECORD.note, authority.roots)
    # The same stamp handed out again is not an answer to a new question.
    with pytest.raises(TimestampRefused):
        TimestampSink("https://tsa.example", authority.roots, lambda _url, _query: receipt).publish(RECORD)


@pytest.fixture
def signed(caller: Caller, superuser: psycopg.Connection, tmp_path: Path, settings) -> Caller:  # type: ignore[no-untyped-def]
    """Keys, anchors and a global log of this test's own."""
    superuser.execute(f"TRUNCATE {', '.join(GRANTS)}")
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_ANCHOR_FILE = (
        str(tmp_path / "keys"),
        str(tmp_path / "anchors"),
    )
    return caller


class Broken(FileSink):
    def publish(self, record: Any) -> bytes:
        raise OSError("the volume is gone")


def test_a_failing_sink_waits_and_catches_up(signed: Caller, tmp_path: Path) -> None:
    """Notes queue while a sink is away and are delivered in order when it is back; sealing goes on."""
    path = tmp_path / "anchors"
    for _ in range(2):
        with organization_scope(signed.tenant):
            record(Action.PROJECT_UPDATED, caller=signed)
        sign_checkpoints(("file",), organization_id=signed.tenant, interval="0 seconds")
        assert publish_anchors({"file": Broken(path)}) == {"file": 0}
    with platform_scope():
        assert [anchor.status for anchor in Anchor.objects.filter(status="pending")] == ["pending", "pending"]
    assert publish_anchors(configured_sinks()) == {"file": 2}
    evidence = AnchorEvidence.from_file(str(path), required=True)
    assert not evidence.report.findings and len(evidence.notes(signed.tenant)) == 2
    with snapshot():
        assert verify_organization(signed.tenant, evidence).codes() == set()


def test_an_anchor_file_that_was_edited_is_no_evidence(signed: Caller, tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    for _ in range(3):
        with organization_scope(signed.tenant):
            record(Action.PROJECT_UPDATED, caller=signed)
        sign_checkpoints(("file",), organization_id=signed.tenant, interval="0 seconds")
        publish_anchors(configured_sinks())
    lines = path.read_text().rstrip("\n").split("\n")
    assert AnchorEvidence([*lines]).report.codes() == set()
    assert AnchorEvidence([lines[0], lines[2]]).report.codes() == {"anchor-root"}
    assert AnchorEvidence([*lines[:2], "not a record"]).report.codes() == {"anchor-missing"}
    salt = json.loads(lines[1])["leaves"][0]["salt"]
    forged = lines[1].replace(salt, hashlib.sha256(b"").hexdigest())
    assert AnchorEvidence([lines[0], forged, lines[2]]).report.codes() == {"anchor-root"}


def test_a_fork_shown_to_one_tenant_does_not_fit_the_shared_log(signed: Caller, tmp_path: Path) -> None:
    """Attack 45: a note signed with the true key, but never put into the global log, convicts the signer."""
    with organization_scope(signed.tenant):
        record(Action.PROJECT_UPDATED, caller=signed)
    sign_checkpoints(("file",), organization_id=signed.tenant, interval="0 seconds")
    publish_anchors(configured_sinks())
    said = checkpoint(origin_of(signed.tenant, 1), 1, bytes(32), bytes(32), datetime.now(UTC))
    shown = current_key().sign(said.body())
    evidence = AnchorEvidence.from_file(str(tmp_path / "anchors"))
    assert shown not in evidence.notes(signed.tenant)
    evidence._notes[str(signed.tenant)].append(shown)
    with snapshot():
        assert verify_organization(signed.tenant, evidence).codes() == {"anchor-root"}


def test_a_locked_bucket_is_evidence_that_the_file_no_longer_gives(
    signed: Caller, bucket: Any, superuser: psycopg.Connection, tmp_path: Path, settings
) -> None:  # type: ignore[no-untyped-def]
    """From the settings to the verdict: whoever owns the machine removes the file, and cannot remove the objects."""
    settings.AUDIT_ANCHOR_S3_BUCKET, settings.AUDIT_ANCHOR_S3_DAYS = "anchors-2", 1
    bucket.create_bucket(Bucket="anchors-2", ObjectLockEnabledForBucket=True)
    for _ in range(2):
        with organization_scope(signed.tenant):
            record(Action.PROJECT_UPDATED, caller=signed)
        sinks = configured_sinks()
        sign_checkpoints(tuple(sinks), organization_id=signed.tenant, interval="0 seconds")
        assert publish_anchors(sinks) == {"file": 1, "s3": 1}
    (tmp_path / "anchors").unlink()
    superuser.execute("DELETE FROM audit_event WHERE org_id = %s", [signed.tenant])
    superuser.execute("DELETE FROM audit_head WHERE org_id = %s", [signed.tenant])
    superuser.execute("DELETE FROM audit_checkpoint WHERE org_id = %s", [signed.tenant])
    evidence = AnchorEvidence.from_file("s3://anchors-2", required=True)
    assert not evidence.report.findings and len(evidence.notes(signed.tenant)) == 2
    with snapshot():
        assert "anchor-ahead" in verify_organization(signed.tenant, evidence).codes()
    assert AnchorEvidence.from_file("s3://nowhere", required=True).report.codes() == {"anchor-missing"}
