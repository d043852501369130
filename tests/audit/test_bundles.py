"""A bundle verifies itself with what is inside it, and nonsense is refused."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from audit import promptguard_verify
from audit.promptguard_verify import verify_bundle
from tests.audit.adversary import UNKNOWN_KEY
from tests.audit.exported import Files, exported

bundles = exported


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
