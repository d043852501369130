"""A purge of many rows while others write: few locks, nobody waits long, and the chain verifies across the gap.

The short form runs in the suite; `make drill` does 1,000,000 interactions and 100,000 audit events.
"""

import json
import os
import time
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from audit.models import Prune
from audit.retention import prune_due
from compliance.retention.purging import Purge
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.compliance import flood
from tests.people import Tenant

MOST_LOCKS = 48
LONGEST_WAIT_SECONDS = 3.5
TERMS = "/dashboard/compliance/retention"


def limited(tenant: Tenant) -> None:
    body = json.dumps({"days": {"interactions": 30, "interaction_content": 30}})
    assert tenant.owner.client().patch(TERMS, body, content_type="application/json").status_code == 200


def purged(tenant: Tenant, count: Any) -> tuple[dict[str, int], float, float]:
    """Rows by kind, writes per second meanwhile, and seconds."""
    flood.name_connections()
    before, started = count(), time.monotonic()
    rows = Purge({}).run()
    assert prune_due()
    seconds = time.monotonic() - started
    return rows, (count() - before) / seconds, seconds


def scene(interactions: int, events: int) -> tuple[Tenant, str]:
    tenant, partition = flood.old_acme(events)
    limited(tenant)
    flood.old_interactions(tenant, interactions)
    flood.seal_everything()
    flood.verify("--engine", "sql")
    return tenant, partition


def assert_bounded(samples: flood.LockSamples) -> str:
    """Row locks need no entry in `pg_locks`; only the partition that is dropped is locked, and nobody waited long."""
    told = (
        f"most locks {samples.most}, {samples.with_waiting} of {samples.taken} samples with somebody waiting,"
        f" at most {samples.longest_wait_seconds * 1e3:.0f} ms"
    )
    assert samples.most["purge"] <= MOST_LOCKS, told
    assert {name for name, _ in samples.exclusive} <= {"prune"}, samples.exclusive
    assert all(table.startswith(("audit_event", "pg_toast")) for _, table in samples.exclusive), (
        samples.exclusive
    )
    assert samples.longest_wait_seconds <= LONGEST_WAIT_SECONDS, told
    return told


def assert_chain(tenant: Tenant) -> None:
    flood.seal_everything()
    with organization_scope(tenant.organization.id):
        assert Prune.objects.for_caller(tenant.owner.caller).exists()
    flood.verify()


def test_a_purge_while_others_write(live_database: str, settings: LazySettings) -> None:
    settings.AUDIT_SEALING = "sequencer"
    acme, partition = scene(interactions=3000, events=500)
    with flood.lock_samples() as samples, flood.sequencer(), flood.writers(acme, 2) as count:
        rows, rate, _ = purged(acme, count)
    assert rows["interactions"] == 3000
    assert rate > 0
    assert_bounded(samples.get())
    assert flood.remaining(acme) == 0
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [partition])
        assert cursor.fetchone() == (None,)
    assert_chain(acme)


@pytest.mark.drill
def test_a_million_interactions_and_a_hundred_thousand_events(
    live_database: str, settings: LazySettings
) -> None:
    settings.AUDIT_SEALING = "sequencer"
    interactions = int(os.environ.get("PURGE_INTERACTIONS", "1000000"))
    acme, _ = scene(interactions, events=100_000)
    with flood.sequencer(), flood.writers(acme, 2) as count:
        flood.rate_over(count, 3)  # warm
        alone = flood.rate_over(count, 15)
        with flood.lock_samples() as samples:
            rows, meanwhile, seconds = purged(acme, count)
        after = flood.rate_over(count, 15)
    told = assert_bounded(samples.get())
    undisturbed = (alone + after) / 2
    print(  # noqa: T201  what a drill is for
        f"\n{rows} rows in {seconds:.0f} s; writers {alone:.0f}/s before, {meanwhile:.0f}/s meanwhile, {after:.0f}/s after:"
        f" {meanwhile / undisturbed:.2f}; {told}"
    )
    assert flood.remaining(acme) == 0
    assert_chain(acme)
    assert meanwhile / undisturbed > 0.8
