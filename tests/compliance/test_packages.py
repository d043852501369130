"""Packages in a bucket, and the memory that a large one takes."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import LazySettings

from compliance import packages, services, working
from compliance.models import PrivacyRequest
from compliance.services import people
from tests import servers
from tests.compliance.lives import ROOT, bulk_interactions
from tests.compliance.test_kills import environment
from tests.compliance.test_nothing_left import until
from tests.people import Tenant

ROWS = [
    pytest.param(2_000, 20_000, id="short"),
    pytest.param(10_000, 1_000_000, id="long", marks=pytest.mark.drill),
]


@pytest.fixture
def bucket(settings: LazySettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A server that speaks S3, in a process of its own, and an empty bucket in it."""
    log = tmp_path / "s3.log"
    with log.open("w") as words:
        command = [sys.executable, "-m", "moto.server", "-p", "0"]
        server = subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT)
        try:
            until(lambda: "Running on http" in log.read_text(), 60, "the server does not start")
            line = next(line for line in log.read_text().splitlines() if "Running on http" in line)
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", line.partition("Running on ")[2].split()[0])
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                monkeypatch.setenv(name, "only-for-tests")
            monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
            client = boto3.client("s3")
            client.create_bucket(Bucket="packages")
            settings.EXPORT_STORAGE = "s3://packages/of/ours"
            yield client
        finally:
            packages._bucket.cache_clear()
            server.terminate()
            server.wait(30)


def objects(client: Any) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket="packages").get("Contents", [])]


def test_a_bucket_instead_of_a_folder(
    live_acme: Tenant, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "SMALL_EXPORT", 0)
    client = live_acme.mia.client()
    asked = client.post("/dashboard/compliance/data-export").json()
    working.work_on(asked["id"])
    assert objects(bucket) == [f"of/ours/{asked['id']}.zip"]
    assert not list(packages.folder().glob("*.zip"))
    link = client.post(f"{asked['status_url']}/link").json()["url"]
    fetched = client.get(link)
    assert zipfile.ZipFile(io.BytesIO(fetched.getvalue())).testzip() is None
    fetched.close()
    assert client.get(link).status_code == 404
    request = PrivacyRequest.objects.get(id=asked["id"])
    token = services.new_download_link(caller=live_acme.mia.signed_in_caller(), request=request)
    assert request.expires_at
    assert working.purge_packages(request.expires_at) == 1
    assert objects(bucket) == []
    assert client.get(f"{asked['status_url']}/download?token={token}").status_code == 404


def test_an_erasure_reaches_the_bucket(
    live_acme: Tenant, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "SMALL_EXPORT", 0)
    client = live_acme.mia.client()
    working.work_on(client.post("/dashboard/compliance/data-export").json()["id"])
    assert objects(bucket)
    body = {"confirmation": "DELETE MY DATA"}
    asked = client.post("/dashboard/compliance/data-deletion", body, content_type="application/json").json()
    assert working.work_on(asked["id"]).state == "done"
    assert objects(bucket) == []


# Not `ru_maxrss`: that one starts from the peak of whoever forked us.
PEAK = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak(label: str, database: str, settings: LazySettings, target: Path) -> int:
    """The most memory, in KiB, that exporting one end user takes a process of its own."""
    command = ["export_subject", "--organization", "acme", "--label", label, "--output", str(target)]
    around = os.environ | environment(database, settings)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *command],
        cwd=ROOT,
        env=around,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1])


@pytest.mark.parametrize(("few", "many"), ROWS)
def test_memory_is_flat(
    live_acme: Tenant, live_database: str, settings: LazySettings, tmp_path: Path, few: int, many: int
) -> None:
    bulk_interactions(live_acme, few, end_user="few")
    bulk_interactions(live_acme, many, end_user="many")
    with servers.superuser(live_database) as superuser:
        superuser.execute("ANALYZE")
    small = peak("few", live_database, settings, tmp_path / "few.zip")
    large = peak("many", live_database, settings, tmp_path / "many.zip")
    with zipfile.ZipFile(tmp_path / "many.zip") as archive:
        assert archive.read("manifest.json").count(f'"interactions": {many}'.encode()) == 1
    sys.stdout.write(f"\npeak of {few} rows: {small} KiB, of {many} rows: {large} KiB\n")
    assert large <= 1.5 * small
