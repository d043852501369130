"""Events leave the database for an archive that anybody can verify, or not at all."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import LazySettings
from moto import mock_aws

from audit import promptguard_verify
from audit.models import AuditEvent
from audit.retention import due_partitions, prune_due
from promptguard.core.tenancy import organization_scope
from tests.compliance import flood


@pytest.fixture
def archive(settings: LazySettings, tmp_path: Path) -> Path:
    settings.AUDIT_ARCHIVE_FOLDER = str(tmp_path / "archive")
    return tmp_path / "archive"


def verified_alone(bundle: Path) -> dict[str, Any]:
    """By the verifier in one file, without any package."""
    command = [sys.executable, "-I", "-S", promptguard_verify.__file__, str(bundle), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    (report,) = json.loads(done.stdout)
    assert [finding for finding in report["findings"] if not finding["code"].startswith("anchor")] == []
    return report


def test_pruned_events_are_archived_first(live_database: str, archive: Path) -> None:
    acme, partition = flood.old_acme(60)
    assert prune_due()[partition] >= 60
    bundle = archive / str(acme.organization.id) / f"{partition}.zip"
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert bundle.with_suffix(".zip.sha256").read_text().split() == [digest, bundle.name]
    assert not [path for path in bundle.parent.iterdir() if path.name.startswith(".")]
    with organization_scope(acme.organization.id):
        said = AuditEvent.objects.for_caller(acme.owner.caller).filter(event_type="audit.pruned").get()
    assert json.loads(bytes(said.canonical))["pub"]["details"]["archive_sha256"] == digest
    assert verified_alone(bundle)["counts"]["events"] >= 60
    flood.verify()


def test_what_cannot_be_archived_stays(live_database: str, archive: Path) -> None:
    archive.write_text("a file where a folder should be")
    _, partition = flood.old_acme(10)
    assert partition not in prune_due()
    assert partition in due_partitions()
    flood.verify()


@mock_aws
def test_a_bucket_gets_a_copy(
    live_database: str, archive: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("DEFAULT_REGION", "eu-central-1"),
        ("ACCESS_KEY_ID", "test"),
        ("SECRET_ACCESS_KEY", "test"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    settings.AUDIT_ARCHIVE_S3_BUCKET = "audit-archive"
    place = {"LocationConstraint": "eu-central-1"}
    client = boto3.client("s3")
    client.create_bucket(Bucket="audit-archive", CreateBucketConfiguration=place)  # type: ignore[arg-type]
    acme, partition = flood.old_acme(10)
    assert partition in prune_due()
    name = f"{acme.organization.id}/{partition}.zip"
    kept = client.get_object(Bucket="audit-archive", Key=f"audit/{name}")["Body"].read()
    assert kept == (archive / name).read_bytes()
