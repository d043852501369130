"""Attack 42: whatever is done to an exported bundle, the offline verifier says so, with a finding and an exit code."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from audit import promptguard_verify
from audit.actions import Action
from audit.bundles import BundleWriter
from audit.checkpoints import sign_checkpoints
from audit.promptguard_verify import verify_bundle
from audit.services import record
from audit.verification import snapshot
from promptguard.core.tenancy import organization_scope
from tests.audit.conftest import person

Files = dict[str, bytes]
EVENTS = "events-1-000000.tsv.gz"


@pytest.fixture(scope="module")
def bundles(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Files, Files]]:
    """The files of two organizations' bundles."""
    folder = tmp_path_factory.mktemp("bundles")
    with override_settings(AUDIT_SIGNING_KEYS=str(folder / "keys")):
        yield export(), export()


def export() -> Files:
    caller = person()
    with organization_scope(caller.tenant):
        for number in range(20):
            record(Action.PROJECT_UPDATED, caller=caller, details={"number": number})
    sign_checkpoints((), organization_id=caller.tenant, interval="0 seconds")
    target = io.BytesIO()
    with snapshot():
        BundleWriter(caller.tenant, target, with_private=True).write()
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def verdict(files: Files, folder: Path) -> set[str]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return verify_bundle(folder).codes()


def lines_changed(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Files, Files], None]:
    def apply(files: Files, _other: Files) -> None:
        lines = gzip.decompress(files[EVENTS]).splitlines(keepends=True)
        files[EVENTS] = gzip.compress(b"".join(change(lines)))

    return apply


def take_from_another(files: Files, other: Files) -> None:
    files[EVENTS] = other[EVENTS]


def truncate(files: Files, _other: Files) -> None:
    files[EVENTS] = files[EVENTS][:-40]


def add_a_member(files: Files, _other: Files) -> None:
    """A second gzip member is read as if it belonged to the first: its events must follow."""
    files[EVENTS] += gzip.compress(gzip.decompress(files[EVENTS]).splitlines(keepends=True)[-1])


def edit_the_manifest(files: Files, _other: Files) -> None:
    files["manifest.json"] = files["manifest.json"].replace(
        b"promptguard-audit-bundle/1", b"promptguard-audit-bundle/2"
    )


def drop(name: str) -> Callable[[Files, Files], None]:
    def apply(files: Files, _other: Files) -> None:
        del files[name]

    return apply


def add_a_file(files: Files, _other: Files) -> None:
    files["extra.txt"] = b"hello"


def no_checkpoints(files: Files, _other: Files) -> None:
    files["checkpoints.txt"] = b""


def other_private_parts(files: Files, other: Files) -> None:
    files["private.ndjson"] = other["private.ndjson"]


ATTACKS: dict[str, tuple[Callable[[Files, Files], None], set[str]]] = {
    "nothing": (lambda files, other: None, set()),
    "a record removed": (lines_changed(lambda lines: lines[:5] + lines[6:]), {"bundle-altered", "gap"}),
    "two records swapped": (
        lines_changed(lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]]),
        {"bundle-altered", "gap", "dup"},
    ),
    "the tail removed": (
        lines_changed(lambda lines: lines[:15]),
        {"bundle-altered", "checkpoint-ahead", "head"},
    ),
    "content edited": (
        lines_changed(lambda lines: [line.replace(b'"number":7', b'"number":8') for line in lines]),
        {"bundle-altered", "content"},
    ),
    "events of another bundle": (
        take_from_another,
        {"bundle-altered", "foreign-org", "link", "checkpoint-root", "head", "private-altered"},
    ),
    "gzip cut short": (truncate, {"bundle-altered", "checkpoint-ahead", "head"}),
    "a gzip member added": (add_a_member, {"bundle-altered", "dup"}),
    "the manifest edited": (edit_the_manifest, {"bundle-altered"}),
    "the manifest's signature removed": (drop("manifest.note"), {"bundle-altered"}),
    "a file added": (add_a_file, {"bundle-altered"}),
    "the checkpoints removed": (no_checkpoints, {"bundle-altered"}),
    "the verifier removed": (drop("promptguard_verify.py"), {"bundle-altered"}),
    "private parts of another": (other_private_parts, {"bundle-altered", "private-altered"}),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_done_to_a_bundle_shows(name: str, bundles: tuple[Files, Files], tmp_path: Path) -> None:
    attack, expected = ATTACKS[name]
    files, other = dict(bundles[0]), bundles[1]
    attack(files, other)
    assert verdict(files, tmp_path) == expected


def test_the_verifier_in_the_bundle_needs_nothing_but_python(
    bundles: tuple[Files, Files], tmp_path: Path
) -> None:
    """Isolated, without site-packages, from the bundle itself, as a stranger would."""
    (tmp_path / "promptguard_verify.py").write_bytes(bundles[0]["promptguard_verify.py"])
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        for name, content in bundles[0].items():
            archive.writestr(name, content)
    command = [sys.executable, "-I", "-S", "promptguard_verify.py", "bundle.zip"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and "OK" in done.stdout


@pytest.mark.parametrize("content", [b"", b"not a bundle", b"{}", b'{"org": 1}'])
def test_nonsense_is_a_usage_error(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nonsense"
    path.write_bytes(content)
    assert promptguard_verify.main([str(path)]) == 4


def test_a_wrong_pinned_key_trusts_nothing(bundles: tuple[Files, Files], tmp_path: Path) -> None:
    from tests.audit.adversary import UNKNOWN_KEY

    for name, content in bundles[0].items():
        (tmp_path / name).write_bytes(content)
    report = verify_bundle(tmp_path, [str(UNKNOWN_KEY.verifier)])
    assert report.codes() == {"bundle-altered", "checkpoint-signature"} and report.exit_code() == 1


def test_the_report_is_for_machines_too(bundles: tuple[Files, Files], tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    for name, content in bundles[0].items():
        (tmp_path / name).write_bytes(content)
    assert promptguard_verify.main([str(tmp_path), "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["counts"]["events"] == 20 and report["heads"][0]["seq"] == 20
