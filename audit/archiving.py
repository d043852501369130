"""Keeping a copy of events that are about to leave the database: bundles that verify without it."""

import hashlib
import os
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections

from audit import verification
from audit.bundles import BundleWriter
from promptguard.core.tenancy import platform_scope

CONCERNED = "SELECT DISTINCT e.org_id FROM audit_event e WHERE e.tableoid = %s::regclass ORDER BY 1"
READ_AT_ONCE = 1 << 20


def archive_partition(partition: str) -> dict[UUID, str]:
    """Write the bundle of each organization with events in the partition; organization → SHA-256 of its bundle (hex).

    Nothing where no archive is configured. Raises OSError when it cannot be written: then nothing may be pruned.
    """
    if not settings.AUDIT_ARCHIVE_FOLDER:
        return {}
    with platform_scope("sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(CONCERNED, [partition])
        organizations = [organization_id for (organization_id,) in cursor.fetchall()]
    return {organization_id: _archive(organization_id, partition) for organization_id in organizations}


def _archive(organization_id: UUID, partition: str) -> str:
    """Under its final name only once it is whole and on disk."""
    folder = Path(settings.AUDIT_ARCHIVE_FOLDER) / str(organization_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    final = folder / f"{partition}.zip"
    partial = folder / f".{partition}.{uuid4().hex}"
    try:
        with verification.snapshot():
            BundleWriter(organization_id, partial).write()
        digest = _settle(partial)
        partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)
    final.with_suffix(".zip.sha256").write_text(f"{digest}  {final.name}\n")
    if settings.AUDIT_ARCHIVE_S3_BUCKET:
        _upload(final, f"audit/{organization_id}/{final.name}")
    return digest


def _settle(path: Path) -> str:
    path.chmod(0o600)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_AT_ONCE):
            digest.update(block)
        os.fsync(file.fileno())
    return digest.hexdigest()


def _upload(path: Path, name: str, client: Any = None) -> None:
    """Needs the `anchors` extra (boto3); endpoint and credentials come from boto3's own environment."""
    import boto3

    store = client or boto3.client("s3")
    with path.open("rb") as file:
        store.put_object(Bucket=settings.AUDIT_ARCHIVE_S3_BUCKET, Key=name, Body=file, ChecksumAlgorithm="SHA256")
