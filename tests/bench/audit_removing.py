"""G9, G11: letting a month go, and making a person's values noise."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import time_machine

from audit.actions import Action
from audit.envelope import Receipt
from audit.erasure import announce_erasure, carry_out_erasures
from audit.holds import set_retention
from audit.retention import prune_partition
from audit.services import record
from audit.verification import snapshot, verify_organization
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.core.tenancy import organization_scope
from tests import servers
from tests.bench.audit_goals import DATABASE, Goal, drain, drain_rest, timed

LSN = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"


def someone() -> Caller:
    origin = Origin("203.0.113.9", "curl", "request-1")
    return Caller(uuid4(), Actor(ActorType.USER, uuid4(), Via.SESSION), origin=origin)


def removal_goals(count: int) -> Iterator[Goal]:
    yield from _prune(count)
    yield from _shred()
    yield from _verify_erased(min(count, 20_000))


def _prune(count: int) -> Iterator[Goal]:
    caller = someone()
    then = (datetime.now(UTC).replace(day=1) - timedelta(days=75)).replace(day=10)
    partition = f"audit_event_30d_{then:%Y%m}"
    first, following = then.replace(day=1).date(), (then + timedelta(days=31)).replace(day=1).date()
    with psycopg.connect(servers.role_url("promptguard_owner", DATABASE), autocommit=True) as owner:
        owner.execute(
            f"CREATE TABLE {partition} PARTITION OF audit_event_30d"
            f" FOR VALUES FROM ('{first} 00:00+00') TO ('{following} 00:00+00')"
        )
    with time_machine.travel(then):
        with organization_scope(caller.tenant):
            set_retention(caller=caller, retention_class="30d")
        drain([caller.tenant], count)
    with servers.superuser(DATABASE) as session:
        session.execute("ANALYZE")
        before = session.execute(LSN).fetchone()
        seconds, dropped = timed(lambda: prune_partition(partition))
        after = session.execute(LSN).fetchone()
    assert before and after and dropped == count, dropped
    with snapshot():
        assert verify_organization(caller.tenant).exit_code() == 0
    what = f"a month of {count:,} events pruned"
    yield Goal(
        "G9", what, seconds, 0.3, "s", baseline="announced, sealed, signed, anchored, checked, dropped"
    )
    yield Goal("G9", "WAL of it", float(after[0] - before[0]) / 1e6, 1, "MB")


def _announced(caller: Caller, count: int) -> Receipt:
    """So many sealed events of one person, whose erasure is announced."""
    with organization_scope(caller.tenant):
        for _ in range(count):
            record(Action.PROJECT_UPDATED, caller=caller)
    drain_rest()
    with organization_scope(caller.tenant):
        assert caller.actor.id is not None
        (receipt,) = announce_erasure(caller=caller, user_id=caller.actor.id)
    drain_rest()
    return receipt


def _verify_erased(count: int) -> Iterator[Goal]:
    """A chain in which each event has lost its private part is verified no slower than one in which it is opened."""
    caller = someone()
    _announced(caller, count)
    whole = _verified(caller, count)
    assert carry_out_erasures() == 1
    rate = _verified(caller, count)
    beside = f"{whole:,.0f} events/s before the erasure"
    yield Goal("G5", "verify, stream, all parts erased", rate / whole, 1, "x", at_least=True, baseline=beside)


def _verified(caller: Caller, count: int) -> float:
    with snapshot():
        seconds, report = timed(lambda: verify_organization(caller.tenant))
    assert report.exit_code() == 0 and report.counts["private"] + report.counts["erased"] >= count
    return count / seconds


def _shred() -> Iterator[Goal]:
    caller = someone()
    receipt = _announced(caller, 50)
    with servers.superuser(DATABASE) as session:
        row = session.execute(
            "SELECT subject_ref FROM data_subject WHERE org_id = %s", [caller.tenant]
        ).fetchone()
        assert row is not None
        values = [caller.tenant, row[0], receipt.event_id]
        with session.transaction(force_rollback=True):
            seconds, _ = timed(lambda: session.execute("SELECT audit_erase_subject(%s, %s, %s)", values))
    yield Goal("G11", "a person's key and 50 parts destroyed", seconds * 1e3, 10, "ms")
    seconds, done = timed(carry_out_erasures)
    assert done >= 1
    yield Goal("G11", "finding who is due, and destroying it", seconds * 1e3, 10, "ms")
