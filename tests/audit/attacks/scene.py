"""A chain of 64 events to attack, and the three verdicts about it."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from audit import promptguard_verify
from audit.actions import Action
from audit.anchors import publish_anchors
from audit.anchors.file import FileSink
from audit.bundles import BundleWriter
from audit.checkpoints import sign_checkpoints
from audit.promptguard_verify import NOT_TAMPERING, TAMPERED
from audit.sealing import seal_batch
from audit.services import record
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Caller, system_caller
from promptguard.core.tenancy import organization_scope

EVENTS, CHECKPOINT_EVERY, ANCHOR_EVERY = 64, 10, 20


class Verdicts(NamedTuple):
    """Finding codes of the database alone, with anchors, and of the offline verifier with anchors."""

    walk: set[str]
    anchored: set[str]
    offline: set[str]


CLEAN = Verdicts(set(), set(), set())


def all_say(*codes: str) -> Verdicts:
    """The same finding codes, whoever looks."""
    return Verdicts(set(codes), set(codes), set(codes))


@dataclass(frozen=True)
class Scene:
    """One organization; `anchors` is the file that the adversary cannot reach."""

    caller: Caller
    anchors: Path
    folder: Path

    @property
    def org(self) -> UUID:
        return self.caller.tenant

    @property
    def user_id(self) -> UUID:
        assert self.caller.actor.id is not None
        return self.caller.actor.id

    def fill(self) -> None:
        """64 events: a checkpoint every 10, an anchor every 20, personal values every third."""
        for first in range(1, EVENTS, CHECKPOINT_EVERY):
            last = min(first + CHECKPOINT_EVERY - 1, EVENTS)
            self.append(first, last)
            if last % ANCHOR_EVERY == 0:
                self.sign("file")
            elif last % CHECKPOINT_EVERY == 0:
                self.sign()

    def append(self, first: int, last: int) -> None:
        self.write(first, last)
        seal_everything()

    def write(self, first: int, last: int) -> None:
        with organization_scope(self.org):
            for number in range(first, last + 1):
                caller = self.caller if number % 3 == 0 else system_caller(self.org)
                record(Action.PROJECT_UPDATED, caller=caller, details={"number": number})

    def sign(self, *sinks: str) -> None:
        sign_checkpoints(sinks, organization_id=self.org, interval="0 seconds")
        publish_anchors({"file": FileSink(self.anchors)} if sinks else {})

    def verdicts(self) -> Verdicts:
        """The anchor file itself must always be sound: it is the one thing nobody has touched."""
        evidence = AnchorEvidence.from_file(str(self.anchors), required=True)
        with snapshot():
            walk = verify_organization(self.org).codes()
            anchored = verify_organization(self.org, evidence).codes()
        code, offline = run_offline(self.bundle(), "--anchors", str(self.anchors))
        assert code == worst(offline)
        assert not evidence.report.findings
        return Verdicts(walk, anchored, offline)

    def bundle(self) -> Path:
        path = self.folder / f"{self.org}-{uuid4()}.zip"
        with snapshot():
            BundleWriter(self.org, path, with_private=True).write()
        return path


def seal_everything() -> None:
    while seal_batch():
        pass


def run_offline(copy: Path, *options: str) -> tuple[int, set[str]]:
    """The offline verifier in a Python that is isolated and without a site directory: no package is there."""
    command = [sys.executable, "-I", "-S", promptguard_verify.__file__, str(copy), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.stderr == ""
    (report,) = json.loads(done.stdout)
    return done.returncode, {finding["code"] for finding in report["findings"]}


def worst(codes: set[str]) -> int:
    levels = {NOT_TAMPERING.get(code, TAMPERED) for code in codes}
    return next((level for level in (1, 2, 3) if level in levels), 0)
