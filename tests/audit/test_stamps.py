"""Time stamps that were kept are checked when the log is: they are somebody else's clock, or they are nothing."""

import shutil
from pathlib import Path

import psycopg
import pytest

from audit.actions import Action
from audit.anchors import configured_sinks, publish_anchors
from audit.anchors.timestamping import TimestampSink
from audit.checkpoints import sign_checkpoints
from audit.privileges import GRANTS
from audit.services import record
from audit.verification import snapshot
from audit.verification.anchors import AnchorEvidence
from audit.verification.stamps import compare_time_stamps
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope
from tests.audit.authority import TimeStampAuthority
from tests.audit.test_verify_command import run

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is made of openssl")
OLDEST = "global_size = (SELECT min(global_size) FROM audit_anchor)"


@pytest.fixture(scope="module")
def authority() -> TimeStampAuthority:
    return TimeStampAuthority()


@pytest.fixture
def stamped(
    caller: Caller, superuser: psycopg.Connection, tmp_path: Path, authority: TimeStampAuthority, settings
) -> Caller:  # type: ignore[no-untyped-def]
    """Three anchors in a file, each with the authority's stamp."""
    superuser.execute(f"TRUNCATE {', '.join(GRANTS)}")
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_ANCHOR_FILE = (
        str(tmp_path / "keys"),
        str(tmp_path / "anchors"),
    )
    settings.AUDIT_TSA_ROOTS = authority.roots
    sinks = {
        **configured_sinks(),
        "tsa": TimestampSink("https://tsa.example", authority.roots, authority.answer),
    }
    for _ in range(3):
        with organization_scope(caller.tenant):
            record(Action.PROJECT_UPDATED, caller=caller)
        sign_checkpoints(tuple(sinks), organization_id=caller.tenant, interval="0 seconds")
        assert publish_anchors(sinks) == {"file": 1, "tsa": 1}
    return caller


def findings(path: str) -> set[str]:
    evidence = AnchorEvidence.from_file(path)
    with snapshot():
        compare_time_stamps(evidence.report, evidence.keys)
    return {str(code) for code in evidence.report.codes()}


def test_true_stamps_of_the_log_are_no_finding(stamped: Caller, tmp_path: Path) -> None:
    assert findings(str(tmp_path / "anchors")) == set()
    assert run("--org", str(stamped.tenant))[0] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("receipt = substr(receipt, 1, 99)", "anchor-timestamp"),
        (
            "receipt = (SELECT receipt FROM audit_anchor WHERE sink = 'tsa' AND global_size = 3)",
            "anchor-timestamp",
        ),
        ("note = replace(note, 'time 2', 'time 1')", "anchor-signature"),
        ("global_size = 2, receipt = receipt || ''", "anchor-root"),
    ],
)
def test_an_altered_stamp_is_found(
    stamped: Caller, superuser: psycopg.Connection, tmp_path: Path, change: str, code: str
) -> None:
    superuser.execute("DELETE FROM audit_anchor WHERE sink = 'tsa' AND global_size = 2")
    superuser.execute(f"UPDATE audit_anchor SET {change} WHERE sink = 'tsa' AND {OLDEST}")
    assert code in findings(str(tmp_path / "anchors"))
    assert run("--org", str(stamped.tenant))[0] == 1


def test_a_log_that_was_rewritten_does_not_fit_its_stamps(
    stamped: Caller, superuser: psycopg.Connection, tmp_path: Path
) -> None:
    superuser.execute("UPDATE audit_checkpoint SET salt = sha256('x') WHERE global_index = 0")
    assert findings(str(tmp_path / "anchors")) == {"anchor-root"}
    superuser.execute("DELETE FROM audit_checkpoint WHERE global_index = 0")
    assert findings(str(tmp_path / "anchors")) == {"anchor-root"}


@pytest.mark.parametrize("roots", ["", "/nowhere/roots.pem"])
def test_without_certificates_the_stamps_are_unchecked(
    stamped: Caller, tmp_path: Path, settings, roots: str
) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_TSA_ROOTS = roots
    assert findings(str(tmp_path / "anchors")) == {"anchor-unchecked"}
    assert run("--org", str(stamped.tenant))[0] == 2
