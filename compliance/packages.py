"""Where packages of exported data wait for their week: a folder of ours, or a bucket that speaks S3."""

import shutil
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from compliance.models import PrivacyRequest


class Packages(Protocol):
    """Files by name. `keep` takes the file away; `remove` bears a name that is gone."""

    def keep(self, path: Path, name: str) -> None: ...

    def open(self, name: str) -> IO[bytes] | None: ...

    def remove(self, name: str) -> None: ...


class PackageFolder:
    """A folder that only this account may enter."""

    def keep(self, path: Path, name: str) -> None:
        path.chmod(0o600)
        path.replace(folder() / name)

    def open(self, name: str) -> IO[bytes] | None:
        try:
            return (folder() / name).open("rb")
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        (folder() / name).unlink(missing_ok=True)


class PackageBucket:
    """`s3://bucket/prefix`. Endpoint and credentials come from boto3's own environment."""

    def __init__(self, url: str) -> None:
        import boto3

        parts = urlsplit(url)
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        self._client: Any = boto3.client("s3")

    def keep(self, path: Path, name: str) -> None:
        """In parts, so that memory stays flat; encrypted by the bucket."""
        extra = {"ServerSideEncryption": "AES256", "ContentType": "application/zip"}
        self._client.upload_file(str(path), self._bucket, self._key(name), ExtraArgs=extra)
        path.unlink()

    def open(self, name: str) -> IO[bytes] | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
        except self._client.exceptions.NoSuchKey:
            return None
        body: IO[bytes] = answer["Body"]
        return body

    def remove(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}".lstrip("/")


def packages() -> Packages:
    return _bucket(settings.EXPORT_STORAGE) if settings.EXPORT_STORAGE else PackageFolder()


@cache
def _bucket(url: str) -> PackageBucket:
    return PackageBucket(url)


def folder() -> Path:
    found = Path(settings.EXPORT_FOLDER)
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def work_folder(request_id: UUID) -> Path:
    """Where one export is put together."""
    return folder() / f"{request_id}.work"


def discard(request: PrivacyRequest) -> None:
    """Remove what a request has made, finished or not; the row is the caller's to save."""
    shutil.rmtree(work_folder(request.id), ignore_errors=True)
    if request.package:
        packages().remove(request.package)
    request.package, request.link_hash, request.link_expires_at = "", None, None
