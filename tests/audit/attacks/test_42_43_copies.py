"""Rows 42 and 43: what others do to their copies, or lose of them, the offline verifier finds by itself.

The chain was sound when it left the database, so that there is nothing to compare: only the offline verifier has a verdict.
"""

import base64
import gzip
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import override_settings

from audit.actions import Action
from audit.checkpoints import sign_checkpoints
from audit.envelope import Target
from audit.formats import FORMATS, stream
from audit.keys import current_key
from audit.services import record
from audit.verification import snapshot
from promptguard.core.tenancy import organization_scope
from tests.audit.attacks.scene import run_offline, worst
from tests.audit.conftest import person
from tests.audit.exported import Files, exported

bundles = exported
EVENTS = "events-1-000000.tsv.gz"


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


BUNDLES: dict[str, tuple[Callable[[Files, Files], None], set[str]]] = {
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


@pytest.mark.parametrize("name", BUNDLES)
def test_42_what_is_done_to_a_bundle_shows(name: str, bundles: tuple[Files, Files], tmp_path: Path) -> None:
    attack, expected = BUNDLES[name]
    files, other = dict(bundles[0]), bundles[1]
    attack(files, other)
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    assert run_offline(tmp_path) == (worst(expected), expected)


Lines = list[str]
Loss = Callable[[Lines], Lines]


@pytest.fixture(scope="module")
def copies(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Lines, str]]]:
    """What a receiver of each format has stored of thirty events, signed at the end; and the key."""
    caller, folder = person(), tmp_path_factory.mktemp("copies")
    with override_settings(AUDIT_SIGNING_KEYS=str(folder / "keys"), AUDIT_SEALING="inline"):
        with organization_scope(caller.tenant):
            for number in range(30):
                target, details = Target("project", uuid4()), {"name": 'a|b=c, "d" \u2028', "number": number}
                record(Action.PROJECT_UPDATED, caller=caller, targets=[target], details=details)
        sign_checkpoints((), organization_id=caller.tenant, interval="0 seconds")
        with snapshot():
            yield {name: (list(stream(caller.tenant, name)), str(current_key().verifier)) for name in FORMATS}


def without(index: int) -> Loss:
    """Thirty events in their order, then the newest checkpoint."""
    return lambda records: records[:index] + records[index + 1 :]


def twice(records: Lines) -> Lines:
    return records + records[5:9]


def shuffled(records: Lines) -> Lines:
    return random.Random(1).sample(records, len(records))


def edited(records: Lines) -> Lines:
    return [*records[:12], _edited(records[12]), *records[13:]]


def _edited(record: str) -> str:
    if "pgEvent=" not in record:
        return record.replace("project.updated", "project.deleted")
    start, _, packed = record.partition("pgEvent=")
    content = base64.urlsafe_b64decode(packed.strip() + "==").replace(b"project.updated", b"project.deleted")
    return f"{start}pgEvent={base64.urlsafe_b64encode(content).decode().rstrip('=')}\n"


# At least once and in any order is what delivery promises; everything else is the receiver's doing.
RECEIVERS: dict[str, tuple[Loss, set[str]]] = {
    "complete": (list, set()),
    "duplicates": (twice, set()),
    "reorders": (shuffled, set()),
    "drops the first": (without(0), {"gap"}),
    "drops one in the middle": (without(15), {"gap"}),
    "drops the last": (without(29), {"checkpoint-ahead"}),
    "drops the tail": (lambda records: [*records[:25], records[-1]], {"checkpoint-ahead"}),
    "edits": (edited, {"link"}),
}


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("name", RECEIVERS)
def test_43_what_a_receiver_loses_shows(
    name: str, format_name: str, copies: dict[str, tuple[Lines, str]], tmp_path: Path
) -> None:
    happening, expected = RECEIVERS[name]
    lines, key = copies[format_name]
    header = 1 if FORMATS[format_name].header else 0
    stored = tmp_path / "stored"
    stored.write_text("".join([*lines[:header], *happening(lines[header:])]), newline="")
    assert run_offline(stored, "--key", key) == (worst(expected), expected)
