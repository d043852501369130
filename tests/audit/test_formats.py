"""A receiver's copy in any format verifies by itself, and one record less, or one byte different, is convicted."""

import csv
import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from audit.actions import Action
from audit.checkpoints import sign_checkpoints
from audit.envelope import Target
from audit.formats import FORMATS, stream
from audit.formats.table import _cell
from audit.keys import current_key
from audit.promptguard_verify import copied_records, verify_copy
from audit.services import record
from audit.verification import snapshot
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope
from tests.audit.conftest import person

NAMES = ["=cmd|' /C calc'!A0", 'quotes " and , commas', "a|b=c\\d", "näïve\u2028日本", "line\nbreak"]


@pytest.fixture(scope="module")
def copies(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """The lines of one chain of thirty events in each format, signed at twenty and at thirty."""
    from django.test import override_settings

    caller: Caller = person()
    folder = tmp_path_factory.mktemp("formats")
    with override_settings(AUDIT_SIGNING_KEYS=str(folder / "keys")):
        for _ in range(3):
            with organization_scope(caller.tenant):
                for number in range(10):
                    target = Target("project", str(uuid4()))
                    details = {"name": NAMES[number % len(NAMES)], "number": number}
                    record(Action.PROJECT_UPDATED, caller=caller, targets=[target], details=details)
            sign_checkpoints((), organization_id=caller.tenant, interval="0 seconds")
        with snapshot():
            yield {name: list(stream(caller.tenant, name)) for name in FORMATS} | {
                "key": [str(current_key().verifier)]
            }


def findings(lines: list[str], key: list[str]) -> set[str]:
    (report,) = verify_copy("".join(lines), key)
    return report.codes()


each_format = pytest.mark.parametrize("name", FORMATS)


@each_format
def test_a_complete_copy_verifies(name: str, copies: dict[str, list[str]]) -> None:
    (report,) = verify_copy("".join(copies[name]), copies["key"])
    assert report.findings == [] and report.counts["events"] == 30


@each_format
def test_a_copy_from_the_middle_on_verifies(name: str, copies: dict[str, list[str]]) -> None:
    header = 1 if FORMATS[name].header else 0
    lines = "".join(copies[name][:header] + copies[name][header + 10 :])
    (report,) = verify_copy(lines, copies["key"], after=(1, 10))
    assert report.codes() == set()
    assert verify_copy(lines, copies["key"])[0].codes() == {
        "gap"
    }  # unless somebody says where it should begin


def test_a_receiver_that_parses_and_writes_json_again_can_still_verify(copies: dict[str, list[str]]) -> None:
    lines = [
        json.dumps(dict(reversed(json.loads(line).items())), indent=None) + "\n" for line in copies["ndjson"]
    ]
    assert findings(lines, copies["key"]) == set()


def test_ocsf_says_what_its_schema_asks_for(copies: dict[str, list[str]]) -> None:
    first = json.loads(copies["ocsf"][0])
    assert first["type_uid"] == first["class_uid"] * 100 + first["activity_id"]
    assert first["category_uid"] == first["class_uid"] // 1000
    assert first["metadata"]["version"].startswith("1.") and isinstance(first["time"], int)


def test_a_spreadsheet_runs_nothing(copies: dict[str, list[str]]) -> None:
    for row in csv.reader(copies["csv"]):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert _cell("=1+1") == "'=1+1"


def test_cef_fields_survive_what_is_in_names(copies: dict[str, list[str]]) -> None:
    line = copies["cef"][2]
    assert line.count("\n") == 1 and line.startswith("<")
    (found,) = copied_records(line)
    assert json.loads(found["canonical"])["pub"]["details"]["number"] == 2
