"""A stream's output does not depend on its chunks, and no value slips through between two of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptguard.guard.engine import redact_text
from promptguard.guard.engine.streaming import StreamRedactor

PROSE = "The council has ten members who meet on Monday to plan the year. "
VALUES = (
    "jane.doe@example.com",
    "4111 1111 1111 1111",
    "536-22-8726",
    "AKIAIOSFODNN7EXAMPLE",
    "+49 30 901820",
)


def _stream(text: str, sizes: list[int]) -> str:
    redactor, sent, at, turn = StreamRedactor(), [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        sent.append(redactor.feed(text[at : at + size]))
        at, turn = at + size, turn + 1
    return "".join([*sent, redactor.close()])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(VALUES), st.just(PROSE), st.text(max_size=20)), min_size=1, max_size=30
    ),
    st.lists(st.integers(min_value=1, max_value=300), min_size=1, max_size=5),
)
def test_every_chunking_gives_the_same_output(pieces: list[str], sizes: list[int]) -> None:
    text = " ".join(pieces)
    assert _stream(text, sizes) == _stream(text, [len(text) or 1])


@pytest.mark.parametrize("offset", range(150, 300, 7))
@pytest.mark.parametrize("value", VALUES)
def test_no_value_survives_at_any_place(value: str, offset: int) -> None:
    text = (PROSE * 10)[:offset] + f" {value} " + PROSE * 10
    for sizes in ([1], [3, 50], [1_000]):
        assert value not in _stream(text, sizes)


def test_a_long_private_key_is_held_until_it_ends() -> None:
    key = (
        "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA7bq2\n" * 80 + "-----END RSA PRIVATE KEY-----"
    )
    sent = _stream(f"{PROSE * 5}{key}\n{PROSE * 5}", [17])
    assert "MIIE" not in sent
    assert sent.count("[PRIVATE_KEY_REDACTED]") == 1


def test_prose_flows_and_equals_the_unchunked_redaction() -> None:
    text = PROSE * 40 + "Write to jane@example.com. " + PROSE * 40
    redactor = StreamRedactor()
    first = redactor.feed(text[:600])
    assert len(first) > 200
    assert first + redactor.feed(text[600:]) + redactor.close() == redact_text(text).text
    assert list(redactor.found) == ["email"]


def test_an_endless_token_is_not_held_for_ever() -> None:
    redactor = StreamRedactor()
    assert len(redactor.feed("x" * 40_000)) > 10_000
