"""Checking many events at once must say what checking them one by one says, whatever was done to them."""

import json
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from audit import hashing, sealing
from audit.actions import Action
from audit.interactions import system_event
from audit.promptguard_verify import ChainVerifier, Tree, facts
from promptguard.core.canonical import canonical, leaf_hash

ORGANIZATION = UUID("01a2099e-a892-78bb-b766-6eded6c751fa")
START = 1_900_000_000_000_000
PROMISE = "ab" * 32
# epoch, seq, sealed_us, previous link, link, leaf, canonical bytes
Row = tuple[int, int, int, bytes | None, bytes, bytes, bytes]


def said(number: int) -> dict[str, Any]:
    """An event of its number: some have people, targets, letters beyond ASCII; some decide about others."""
    kinds = {
        7: Action.RETENTION_CHANGED,
        11: Action.PRIVACY_ERASED,
        17: Action.INTERACTIONS_SEALED,
        23: Action.AUDIT_PRUNED,
    }
    envelope = system_event(
        ORGANIZATION, kinds.get(number, Action.PROJECT_UPDATED), {"details": {"class": "7y", "text": "näïve"}}
    )
    document: dict[str, Any] = json.loads(envelope.canonical())
    document["at"] = sealing.moment(START + number * 1000 - 500).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if number % 3 == 0:
        document["priv"] = [{"c": PROMISE, "s": "a"}, {"c": PROMISE, "s": "b"}]
        document["targets"] = [{"ref": "p", "type": "project"}, {"ref": "ü", "type": "user"}]
    return document


def chained(documents: list[bytes], *, with_previous: bool) -> list[Row]:
    link, prefix, rows = hashing.genesis(ORGANIZATION, 1), hashing.link_prefix(ORGANIZATION, 1), []
    for seq, document in enumerate(documents, 1):
        leaf, sealed_us = leaf_hash(document), START + seq * 1000
        following = hashing.link(prefix, seq, sealed_us, link, leaf)
        rows.append((1, seq, sealed_us, link if with_previous else None, following, leaf, document))
        link = following
    return rows


def judged(rows: list[Row], marks: list[Any], size: int) -> tuple[Any, ...]:
    """Everything that a walk knows in the end; `size` rows at once, one by one where that is 0."""
    walk, promises, understood = ChainVerifier(ORGANIZATION, marks=marks), [], []
    walk.commitments = lambda *given: promises.append(given)
    if size:
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            understood += walk.run(some[0][0], [row[1:] for row in some])
    else:
        understood = [walk.event(*row) for row in rows]
    report = walk.finish().as_dict()
    findings = sorted(map(str, report.pop("findings")))
    shown = [each and (*each[:5], bool(each[5]), *each[6:]) for each in understood]
    ends = (
        walk.link,
        walk.seq,
        walk.sealed_us,
        getattr(walk.tree, "peaks", None),
        walk.retention_class,
        walk.classes,
        walk.erased,
    )
    return (
        findings,
        report,
        shown,
        promises,
        ends,
        [sorted(bucket) for bucket in walk.ids],
        walk.sealed_batches,
    )


UNUSUAL: dict[str, list[Any]] = {
    "actor": [{"ref": '"', "type": "user", "via": "session"}, {"ref": "\\", "type": "a", "via": "b"}],
    "at": [
        "2030-02-31T00:00:00.000000Z",
        "2030-03-17T17:46:41+00:00",
        "1970-01-01T00:00:00.000000Z",
        "2039-03-17T17:46:40.000000Z",
        "2030-03-17T17:46:61.000000Z",
        "2030-03-17T17:46: 1.+00000Z",
        5,
    ],
    "id": ["x", str(uuid4()).upper(), str(uuid4()).replace("-", "_"), "0" * 36, "-" * 36, f"{uuid4()}0"],
    "org": [str(uuid4()), "a" * 36, "é" * 18],
    "priv": [[{"c": PROMISE, "s": 'x"]y'}], [{"c": "x", "s": "a"}], [{"c": PROMISE}], ["a"], None],
    "pub": [
        {"details": {"request_id": "", "severity": "notice", "targets": [], "type": "x", "v": 1}},
        {},
        None,
    ],
    "request_id": ['","severity":"low","targets":[],"type":"x","v":1}', "ü", None],
    "targets": [
        [{"ref": "a", "request_id": "b", "type": "c"}],
        [{"ref": "]", "type": "x"}],
        [{"ref": '"', "type": "x"}],
        [1],
    ],
    "type": ["retention.changed", "unheard.of", 'a"b', "ü"],
    "v": [2, "1"],
}


def marks_of(rows: list[Row]) -> list[Any]:
    """Signed after every tenth event, and once about something that is not so."""
    tree, marks = Tree(), []
    for row in rows:
        tree.append(row[4])
        if row[1] % 10 == 0:
            marks.append(("checkpoint", 1, row[1], tree.root(), row[4].hex()))
    return [*marks, ("anchor", 1, 15, bytes(32), rows[14][4].hex())]


def flip(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def edit(rng: random.Random, rows: list[Row]) -> list[Row]:
    at = rng.randrange(len(rows))
    row: list[Any] = list(rows[at])
    column = rng.choice([n for n in range(1, 7) if row[n] is not None])
    row[column] = (
        flip(rng, row[column])
        if isinstance(row[column], bytes)
        else row[column] + rng.choice([-(2**63), -1, 1, 2**64])
    )
    return [*rows[:at], tuple(row), *rows[at + 1 :]]  # type: ignore[list-item]


def lose(rng: random.Random, rows: list[Row]) -> list[Row]:
    start = rng.randrange(len(rows))
    return rows[:start] + rows[start + rng.randrange(1, 4) :] or rows


def repeat(rng: random.Random, rows: list[Row]) -> list[Row]:
    at = rng.randrange(len(rows))
    return [*rows[:at], rows[at], *rows[at:]]


def swap(rng: random.Random, rows: list[Row]) -> list[Row]:
    at = rng.randrange(len(rows) - 1)
    return [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]


def reword(rng: random.Random, rows: list[Row]) -> list[Row]:
    """Another text, properly hashed: only what it says can give it away."""
    documents = [row[6] for row in rows]
    at = rng.randrange(len(rows))
    document = json.loads(documents[at])
    change = rng.choice(WORDINGS)
    documents[at] = change(document, documents[rng.randrange(len(rows))])
    return chained(documents, with_previous=rows[0][3] is not None)


def with_value(key: str, value: Any) -> Callable[[dict[str, Any], bytes], bytes]:
    return lambda document, _other: canonical(document | {key: value})


WORDINGS: list[Callable[[dict[str, Any], bytes], bytes]] = [
    lambda _document, other: other,
    lambda document, _other: json.dumps(document).encode(),
    lambda document, _other: canonical(document) + b" ",
    lambda document, _other: canonical(document).replace(b'"id":', b'"id":"x","id":'),
    lambda document, _other: canonical(document).replace(b'"s":"b"}', b'"s":"b"},'),
    lambda document, _other: canonical(document).replace(b'"},{"c"', b'"}{"c"'),
    lambda document, _other: canonical(document).replace(b'"type":"project"', b'"type":"project","z":1'),
    *(with_value(key, value) for key, values in UNUSUAL.items() for value in values),
]


@pytest.mark.parametrize("with_previous", [True, False])
@pytest.mark.parametrize("harm", [edit, lose, repeat, swap, reword])
def test_runs_say_what_single_events_say(
    harm: Callable[[random.Random, list[Row]], list[Row]], with_previous: bool
) -> None:
    rng = random.Random(f"{harm.__name__}{with_previous}")
    whole = chained([canonical(said(number)) for number in range(1, 61)], with_previous=with_previous)
    marks = marks_of(whole)
    assert judged(whole, marks, 60) == judged(whole, marks, 0)
    for _ in range(120):
        harmed = harm(rng, harm(rng, whole) if rng.random() < 0.3 else whole)
        expected = judged(harmed, marks, 0)
        assert judged(harmed, marks, 60) == expected
        assert judged(harmed, marks, 9) == expected


def test_each_wording_is_judged_alike() -> None:
    documents = [canonical(said(number)) for number in range(1, 31)]
    for change in WORDINGS:
        changed = documents.copy()
        changed[20] = change(said(21), documents[3])
        rows = chained(changed, with_previous=True)
        assert judged(rows, [], 30) == judged(rows, [], 0)


def test_healthy_events_are_settled_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or all of this would be compared with itself."""
    rows = chained([canonical(said(number)) for number in range(20, 60)], with_previous=True)
    walk = ChainVerifier(ORGANIZATION)
    walk.event(*rows[0])
    monkeypatch.setattr(ChainVerifier, "event", None)
    assert len(walk.run(1, [row[1:] for row in rows[1:]])) == 39
    assert walk.finish().exit_code() == 0


@pytest.mark.parametrize("sealed_us", [-(2**63), -1, 2**64])
def test_a_time_that_no_link_can_hold_is_a_finding(sealed_us: int) -> None:
    """-infinity in the database, or a number of any length in a bundle."""
    rows = chained([canonical(said(number)) for number in (1, 2)], with_previous=True)
    walk = ChainVerifier(ORGANIZATION)
    walk.event(*rows[0])
    walk.event(1, 2, sealed_us, *rows[1][3:])
    assert "link" in walk.finish().codes()


def test_what_looks_like_the_end_of_an_event_inside_of_it_is_not_believed() -> None:
    """A request chooses its own request id, and parts of the details."""
    envelope = system_event(ORGANIZATION, Action.PROJECT_UPDATED, {"details": {"targets": [], "type": "x"}})
    document = json.loads(envelope.canonical())
    tail = {
        "request_id": "",
        "severity": "low",
        "targets": [{"ref": "fake", "type": "user"}],
        "type": "x",
        "v": 1,
    }
    crafted = canonical(document | {"pub": {"details": tail}, "request_id": 'a"b'})
    found = facts(crafted)
    assert found is not None and (found[6], found[7], found[8]) == (b"notice", [], b"project.updated")
