"""S3 Object Lock in compliance mode: not even the account's owner can delete a record before its time.

Needs the `anchors` extra (boto3). Endpoint and credentials come from boto3's own environment.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

Unreachable = (BotoCoreError, ClientError)


class ObjectLockSink:
    """One object for each anchor, named by the global size so that listings sort in order."""

    name = "s3"

    def __init__(self, bucket: str, retention_days: int = 365, client: Any = None) -> None:
        self._bucket, self._retention_days = bucket, retention_days
        self._client = client or boto3.client("s3")

    def publish(self, record: Any) -> bytes:
        """Write once; the receipt is the object's version id."""
        answer = self._client.put_object(
            Bucket=self._bucket,
            Key=f"anchors/{record.global_size:020d}.json",
            Body=record.line(),
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",
            ObjectLockMode="COMPLIANCE",
            ObjectLockRetainUntilDate=datetime.now(UTC) + timedelta(days=self._retention_days),
        )
        return str(answer["VersionId"]).encode()

    def lines(self) -> list[str]:
        """All records in order, each in its *first* version: a later one was not there when it mattered."""
        first: dict[str, str] = {}
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket):
            # S3 lists the versions of a key newest first.
            first |= {version["Key"]: version["VersionId"] for version in page.get("Versions", [])}
        return [self._read(key, version) for key, version in sorted(first.items())]

    def _read(self, key: str, version: str) -> str:
        answer = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version)
        return str(answer["Body"].read().decode().rstrip("\n"))
