"""Two weeks of calls, in the order of their time, through the same service as the guard's own door."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.demo.rhythm import moments
from promptguard.demo.scenarios import MODELS, SCENARIOS, hostile
from promptguard.guard.engine import Content
from promptguard.guard.services import Attribution, screen
from promptguard.projects.models import ApiKey, Project
from promptguard.projects.scopes import permissions_of

ATTACK_CALLS = 24
ATTACK_DAYS_AGO = 3


@dataclass(frozen=True, slots=True)
class Source:
    """An application that calls the guard, and how often it did."""

    project: Project
    key: ApiKey
    calls: int


@dataclass(frozen=True, slots=True)
class Call:
    at: datetime
    source: Source
    content: Content
    attribution: Attribution
    ip: str


def send(sources: Sequence[Source], now: datetime, seed: int) -> None:
    """Screen everything that `sources` said before `now`; the same seed gives the same story."""
    rng = random.Random(seed)  # noqa: S311  invented traffic, no secrets
    calls = [call for source in sources for call in ordinary_calls(rng, source, now)]
    calls += attack(rng, sources[0], now)
    for call in sorted(calls, key=lambda call: call.at):
        screen(
            caller=application(call.source.key, call.ip),
            project=call.source.project,
            content=call.content,
            attribution=call.attribution,
            created_at=call.at,
        )


def ordinary_calls(rng: random.Random, source: Source, now: datetime) -> Iterator[Call]:
    weights = [scenario.weight for scenario in SCENARIOS]
    for at in moments(rng, source.calls, now):
        content = rng.choices(SCENARIOS, weights)[0].write(rng)
        user = rng.randint(1, 40)
        attribution = Attribution(
            endpoint="guard",
            model=rng.choice(MODELS),
            end_user=f"user-{1000 + user}",
            session_id=f"chat-{at:%m%d}-{user}",
        )
        yield Call(at, source, content, attribution, f"203.0.113.{user}")


def attack(rng: random.Random, source: Source, now: datetime) -> Iterator[Call]:
    """One evening somebody tries again and again: a peak that a chart should show."""
    start = (now - timedelta(days=ATTACK_DAYS_AGO)).replace(hour=21, minute=10)
    attribution = Attribution("guard", MODELS[0], "user-6666", f"chat-{start:%m%d}-6666")
    for number in range(ATTACK_CALLS):
        at = start + timedelta(seconds=40 * number + rng.randint(0, 30))
        yield Call(at, source, hostile(rng), attribution, "198.51.100.66")


def application(key: ApiKey, ip: str) -> Caller:
    """What the door would make of this key."""
    return Caller(
        organization_id=key.organization_id,
        actor=Actor(ActorType.API_KEY, key.id, Via.API_KEY),
        permissions=permissions_of(key.scopes),
        origin=Origin(ip=ip, user_agent="demo"),
        project_id=key.project_id,
    )
