"""A healthy chain never cries wolf: random lawful histories, with everything that may happen to a log in random order.

Appends by several writers at once, interactions, checkpoints, anchors, time, holds, retention, prunes (some killed
half-way), erasures, key rotations, backups and their restores; after each step both verifiers' walk must find nothing.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import time_machine
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from audit import retention
from audit.actions import Action
from audit.anchors import configured_sinks, publish_anchors
from audit.bundles import BundleWriter
from audit.checkpoints import sign_checkpoints
from audit.erasure import announce_erasure, carry_out_erasures
from audit.holds import place_hold, release_hold, set_retention
from audit.keys import register_known_keys, rotate
from audit.models import LegalHold
from audit.privileges import GRANTS
from audit.promptguard_verify import verify_bundle
from audit.restoring import declare_loss, find_losses, recover_log
from audit.retention import due_partitions, prune_partition
from audit.sealing import seal_batch
from audit.services import record, record_interaction
from audit.subjects import forget_remembered
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via, command_caller, system_caller
from promptguard.core.tenancy import organization_scope
from tests import servers
from tests.audit.backups import Backup
from tests.conftest import close_connections

DAYS_BACK = 150


class History(RuleBasedStateMachine):
    """One organization whose life started 150 days ago; its clock only moves forward."""

    database: str
    superuser: psycopg.Connection
    folder: Path
    nested = False
    backup: Backup | None = None

    @initialize()
    def begin(self) -> None:
        forget_remembered()
        self.superuser.execute(f"TRUNCATE {', '.join(GRANTS)}")
        run = self.folder / uuid4().hex
        run.mkdir()
        self.overrides = override_settings(
            AUDIT_SIGNING_KEYS=str(run / "keys"),
            AUDIT_ANCHOR_FILE=str(run / "anchors"),
            AUDIT_SEALING="sequencer",
        )
        self.overrides.enable()
        self.run = run
        self.now = datetime.now(UTC) - timedelta(days=DAYS_BACK)
        self._make_partitions()
        self.org = uuid4()
        self.people = [uuid4() for _ in range(3)]
        self.lost = False
        with self.at_present(), organization_scope(self.org):
            set_retention(caller=self.caller(0), retention_class="30d")

    def _make_partitions(self) -> None:
        with psycopg.connect(servers.role_url("promptguard_owner", self.database), autocommit=True) as owner:
            for back in range(6):
                first = (datetime.now(UTC).replace(day=1) - timedelta(days=30 * back)).replace(day=1).date()
                following = (first + timedelta(days=32)).replace(day=1)
                owner.execute(
                    f"CREATE TABLE IF NOT EXISTS audit_event_30d_{first:%Y%m} PARTITION OF audit_event_30d"
                    f" FOR VALUES FROM ('{first} 00:00+00') TO ('{following} 00:00+00')"
                )

    @contextmanager
    def at_present(self) -> Iterator[None]:
        """The organization's own time, which goes on where it was left."""
        if self.nested:
            yield
            return
        self.nested = True
        try:
            with time_machine.travel(self.now, tick=True):
                yield
                seal_batch()
                self.now = datetime.now(UTC)
        finally:
            self.nested = False

    def caller(self, number: int) -> Caller:
        origin = Origin("198.51.100.1", "test", "request-0003")
        return Caller(self.org, Actor(ActorType.USER, self.people[number], Via.SESSION), origin=origin)

    @rule(count=st.integers(1, 30), who=st.integers(0, 2))
    def append(self, count: int, who: int) -> None:
        with self.at_present():
            with organization_scope(self.org):
                for number in range(count):
                    record(Action.PROJECT_UPDATED, caller=self.caller(who), details={"number": number})
            seal_batch()

    @rule(writers=st.integers(2, 4), count=st.integers(1, 6))
    def append_at_once(self, writers: int, count: int) -> None:
        """Several connections, while two sequencers seal what they find."""

        def write(who: int) -> None:
            for number in range(count):
                with organization_scope(self.org):
                    record(Action.PROJECT_UPDATED, caller=self.caller(who % 3), details={"number": number})
                seal_batch()
            close_connections()

        with self.at_present(), ThreadPoolExecutor(writers) as pool:
            list(pool.map(write, range(writers)))

    @rule(count=st.integers(1, 9))
    def interact(self, count: int) -> None:
        with self.at_present():
            with organization_scope(self.org):
                for _ in range(count):
                    record_interaction(
                        organization_id=self.org, interaction_id=uuid4(), leaf_hash=uuid4().bytes * 2
                    )
            seal_batch()

    @rule(anchored=st.booleans())
    def sign(self, anchored: bool) -> None:
        with self.at_present():
            sinks = configured_sinks() if anchored else {}
            sign_checkpoints(tuple(sinks), organization_id=self.org, interval="0 seconds")
            publish_anchors(sinks)

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.now = max(self.now, min(self.now + timedelta(days=days), datetime.now(UTC)))

    @rule(who=st.integers(0, 2))
    def hold(self, who: int) -> None:
        with self.at_present(), organization_scope(self.org):
            record(Action.PROJECT_UPDATED, caller=self.caller(who))
            place_hold(caller=self.caller(0), reason="lawsuit", user_id=self.people[who])

    @rule()
    def release(self) -> None:
        with self.at_present(), organization_scope(self.org):
            for found in LegalHold.objects.for_caller(self.caller(0)).filter(released_at__isnull=True):
                release_hold(caller=self.caller(0), hold_id=found.id)

    @rule(who=st.integers(1, 2))
    def erase(self, who: int) -> None:
        with self.at_present():
            with organization_scope(self.org):
                if LegalHold.objects.for_caller(self.caller(0)).filter(released_at__isnull=True).exists():
                    return
                announce_erasure(caller=system_caller(self.org), user_id=self.people[who])
            seal_batch()
            carry_out_erasures()
        self.people[who] = uuid4()

    @rule()
    def turn_the_key(self) -> None:
        with self.at_present():
            rotate(command_caller())

    @rule(kept=st.sampled_from(["30d", "90d"]))
    def change_retention(self, kept: str) -> None:
        with self.at_present():
            with organization_scope(self.org):
                set_retention(caller=self.caller(0), retention_class=kept)
            seal_batch()

    @rule(killed=st.booleans())
    def prune(self, killed: bool) -> None:
        """As a scheduler would; sometimes the process dies between the announcement and the drop."""
        with self.at_present():
            seal_batch()
            for partition in due_partitions(self.now):
                with pytest.MonkeyPatch.context() as patched, suppress(KeyboardInterrupt):
                    if killed:
                        patched.setattr(retention, "_drop", _die)
                    prune_partition(partition)

    @rule()
    def back_up(self) -> None:
        if self.backup:
            self.backup.discard()
        self.backup = Backup(self.superuser)

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        """A backup is restored, and what had been anchored since is declared to be lost."""
        assert self.backup is not None
        with self.at_present():
            self.backup.restore()
            register_known_keys()
            evidence = AnchorEvidence.from_file(str(self.run / "anchors"))
            assert not evidence.report.findings
            recover_log(evidence)
            with snapshot():
                losses = find_losses(evidence)
            for loss in losses:
                declare_loss(loss)
                self.lost = self.lost or loss.organization_id == self.org
        # Whoever was erased after the backup is a stranger again, until the ledger is replayed.

    @invariant()
    def verifies(self) -> None:
        if not hasattr(self, "org"):
            return
        evidence = AnchorEvidence.from_file(str(self.run / "anchors"))
        with snapshot():
            report = verify_organization(self.org, evidence)
        assert report.codes() == ({"declared-loss"} if self.lost else set()), report.findings
        assert not evidence.report.findings

    def teardown(self) -> None:
        if not hasattr(self, "org"):
            return
        bundle = self.run / "bundle.zip"
        with snapshot():
            BundleWriter(self.org, bundle, with_private=True).write()
        anchors = self.run / "anchors"
        lines = anchors.read_text().split("\n") if anchors.exists() else []
        assert verify_bundle(bundle, (), lines).codes() == ({"declared-loss"} if self.lost else set())
        if self.backup:
            self.backup.discard()
        self.overrides.disable()


def _die(_partition: str) -> int:
    raise KeyboardInterrupt


def live(database: str, superuser: psycopg.Connection, folder: Path, examples: int, steps: int) -> None:
    here = type("Here", (History,), {"database": database, "superuser": superuser, "folder": folder})
    run_state_machine_as_test(
        here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_lawful_histories(database: str, superuser: psycopg.Connection, tmp_path: Path) -> None:
    live(database, superuser, tmp_path, examples=8, steps=12)


@pytest.mark.drill
def test_a_thousand_lawful_histories(database: str, superuser: psycopg.Connection, tmp_path: Path) -> None:
    live(database, superuser, tmp_path, examples=int(os.environ.get("HISTORIES", "1000")), steps=25)
