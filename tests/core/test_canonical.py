"""Canonical JSON: byte for byte RFC 8785 inside the profile, refused outside of it."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from promptguard.core.canonical import (
    NotCanonical,
    canonical,
    commitment,
    leaf_hash,
    parse,
    simplify,
    timestamp,
)

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
# rfc8785 itself refuses 2^53 - 1 and its negative twin, which RFC 8785 allows.
INTEGERS = st.integers(-(2**53) + 2, 2**53 - 2)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(DOCUMENTS)
@settings(max_examples=500, deadline=None)
def test_agrees_with_an_independent_rfc_8785(document: Any) -> None:
    assert canonical(document) == rfc8785.dumps(document)


ODD_TEXTS = [
    "", "\x00", "\x1f\x7f\x80", '"\\/', "\b\f\n\r\t", "\u2028\u2029", "\ud7ff\ue000\uffff", "\U0001f600\U0010ffff", "e\u0301 \u00e9", "<&'>",
]  # fmt: skip
ODD_INTEGERS = [0, -1, 1, 2**31, -(2**31), 2**53 - 2, -(2**53) + 2]


def any_document(dice: random.Random, depth: int = 0) -> Any:
    """Quick to make, unlike hypothesis's: of every kind, with the texts and numbers that canonicalizers differ about."""
    kind = dice.randrange(10 if depth < 3 else 6)
    if kind < 2:
        return dice.choice([None, True, False, *ODD_INTEGERS, dice.randrange(-(2**53) + 2, 2**53 - 1)])
    if kind < 6:
        return any_text(dice)
    if kind < 8:
        return [any_document(dice, depth + 1) for _ in range(dice.randrange(5))]
    keys = (
        bytes(dice.randrange(128) for _ in range(dice.randrange(6))).decode()
        for _ in range(dice.randrange(6))
    )
    return {key: any_document(dice, depth + 1) for key in keys}


def any_text(dice: random.Random) -> str:
    if dice.randrange(3) == 0:
        return dice.choice(ODD_TEXTS)
    limit = dice.choice([0x80, 0x800, 0xD800, 0x110000])
    return (
        "".join(chr(dice.randrange(limit)) for _ in range(dice.randrange(12)))
        .encode(errors="replace")
        .decode()
    )


@pytest.mark.parametrize(
    "count", [pytest.param(2_000, id="short"), pytest.param(1_000_000, id="long", marks=pytest.mark.drill)]
)
def test_fuzzed_documents_agree_with_rfc_8785(count: int) -> None:
    """Goal G8: byte for byte."""
    seed = random.SystemRandom().randrange(2**32)
    dice = random.Random(seed)
    for number in range(count):
        document = any_document(dice)
        assert canonical(document) == rfc8785.dumps(document), (seed, number)


@given(DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_parsing_brings_the_same_value_back(document: object) -> None:
    assert parse(canonical(document)) == document


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        1e400,
        -0.0,
        2**53,
        -(2**53),
        "\ud800",
        {"é": 1},
        {1: 2},
        b"bytes",
        (1, 2),
        UUID(int=1),
        datetime(2026, 1, 1),
    ],
)
def test_refuses_what_lies_outside_the_profile(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical({"value": value} if not isinstance(value, dict) else value)


def test_the_largest_integers_are_inside() -> None:
    assert canonical([2**53 - 1, -(2**53) + 1]) == b"[9007199254740991,-9007199254740991]"


def test_strings_are_verbatim() -> None:
    """NFC and NFD spellings of the same name are different bytes, and both survive."""
    assert canonical("\u00e9") != canonical("e\u0301")
    assert parse(canonical("a\u0000b")) == "a\u0000b"


@pytest.mark.parametrize(
    "document", [b'{"a":1,"a":2}', b"1.5", b"1e2", b"NaN", b"-Infinity", b"\xff", b"[" * 100_000]
)
def test_parsing_refuses_other_spellings(document: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse(document)


def test_nesting_is_bounded() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(NotCanonical):
        canonical(deep)


def test_messages_never_repeat_the_value() -> None:
    with pytest.raises(NotCanonical) as raised:
        canonical({"card": 4111_1111_1111_1111.5})
    assert "4111" not in str(raised.value)


def test_simplify_keeps_what_json_cannot() -> None:
    given_values = {
        "amount": Decimal("1.10"),
        "id": UUID(int=1),
        "big": 2**60,
        "tags": {"b", "a"},
        "ratio": 0.5,
    }
    assert simplify(given_values) == {
        "amount": "1.10",
        "id": "00000000-0000-0000-0000-000000000001",
        "big": "1152921504606846976",
        "tags": ["a", "b"],
        "ratio": "0.5",
    }


def test_timestamps_have_one_spelling() -> None:
    assert timestamp(datetime(2026, 3, 1, 9, 30, tzinfo=UTC)) == "2026-03-01T09:30:00.000000Z"
    assert len(timestamp(datetime(1, 1, 1, tzinfo=UTC))) == 27
    with pytest.raises(ValueError):
        timestamp(datetime(2026, 3, 1))


def test_hashes_keep_their_kinds_apart() -> None:
    assert leaf_hash(b"{}").hex() == "28a3a18f6cd6406b086e9ffda1f9b8a13dbcf44b0f3f32cb9031a11fd053acf9"
    assert leaf_hash(b"{}") != commitment(bytes(32), b"{}")
    with pytest.raises(ValueError):
        commitment(b"short", b"{}")


@pytest.mark.drill
@given(DOCUMENTS)
@settings(max_examples=1_000_000, deadline=None)
def test_a_million_documents(document: Any) -> None:
    assert canonical(document) == rfc8785.dumps(document)
