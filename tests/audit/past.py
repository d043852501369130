"""Events from a hundred days ago, in a partition of their month."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import time_machine
from django.db import connections

from tests import servers

PAST = datetime.now(UTC).replace(day=10) - timedelta(days=100)


@contextmanager
def months_ago(partition_class: str) -> Iterator[str]:
    """A hundred days ago, when the month had a partition; yields the partition's name."""
    first = PAST.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    name = f"audit_event_{partition_class}_{first:%Y%m}"
    database = connections["default"].settings_dict["NAME"]
    with psycopg.connect(servers.role_url("promptguard_owner", database), autocommit=True) as owner:
        owner.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF audit_event_{partition_class}"
            f" FOR VALUES FROM ('{first}') TO ('{following}')"
        )
    with time_machine.travel(PAST, tick=True):
        yield name
