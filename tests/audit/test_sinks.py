"""The anchors that others keep: a locked bucket, and somebody else's clock. A sink that fails stops nothing."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from moto import mock_aws

from audit.actions import Action
from audit.anchors import AnchorRecord, configured_sinks, publish_anchors
from audit.anchors.file import FileSink
from audit.anchors.s3 import ObjectLockSink
from audit.anchors.timestamping import TimestampRefused, TimestampSink, note_digest, stamped_digest
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


@pytest.fixture
def bucket() -> Iterator[Any]:
    """A real boto3 client against an S3 that keeps object locks."""
    with mock_aws():
        client = boto3.client("s3", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket="anchors", ObjectLockEnabledForBucket=True)
        yield client


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_overwritten_record_is_read_in_its_first_version(bucket: Any) -> None:
    sink = ObjectLockSink("anchors", 30, bucket)
    sink.publish(RECORD)
    bucket.put_object(Bucket="anchors", Key="anchors/00000000000000000007.json", Body=b'{"forged": true}')
    (line,) = sink.lines()
    assert json.loads(line)["size"] == 7


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is made of openssl")
def test_a_time_stamp_is_about_the_note() -> None:
    authority = TimeStampAuthority()
    receipt = TimestampSink("https://tsa.example", authority.answer).publish(RECORD)
    assert stamped_digest(receipt) == note_digest(RECORD.note)
    assert stamped_digest(receipt) != note_digest(RECORD.note + "x")
    other = replace(RECORD, note="another note\n\n— key c2lnbmF0dXJl\n")
    with pytest.raises(TimestampRefused):
        TimestampSink("https://tsa.example", lambda _url, _query: receipt).publish(other)


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
