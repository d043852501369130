"""When people talk to an application: on working days, mostly before and after lunch, seldom at night."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

DAYS = 14
# Relative traffic for each hour of the day (UTC).
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 17, 14, 9, 13, 17, 16, 13, 10, 7, 5, 4, 3, 2, 1)
WEEKEND = 0.3


def moments(rng: random.Random, count: int, now: datetime) -> Iterator[datetime]:
    """`count` moments of the last DAYS days, in no order, all before `now`."""
    hours = [now - timedelta(hours=back) for back in range(1, DAYS * 24)]
    weights = [HOURS[hour.hour] * (WEEKEND if hour.weekday() >= 5 else 1.0) for hour in hours]
    for hour in rng.choices(hours, weights, k=count):
        yield hour + timedelta(seconds=rng.uniform(0, 3599))
