"""Hostile input: a megabyte of every pathological shape is answered, refused or reported, in time linear in its size."""

from __future__ import annotations

import random
from typing import Any

import pytest

from promptguard.guard.engine import Content, ContentTooLarge, Message, Policy, evaluate, redact_text
from promptguard.guard.engine.views import read

POLICY = Policy.from_guardrails({}, max_chars=1_000_000)
SIZE = 100_000
SHAPES = {
    "one letter": "a" * SIZE,
    "one digit": "1" * SIZE,
    "digits and gaps": "1 " * (SIZE // 2),
    "dashes": "-" * SIZE,
    "nested base64 look": "QUFB" * (SIZE // 4),
    "hexadecimal": "6a" * (SIZE // 2),
    "percent": "%25" * (SIZE // 3),
    "entities": "&amp;" * (SIZE // 5),
    "open brackets": "[" * SIZE,
    "at signs": "a@" * (SIZE // 2),
    "dots": "a." * (SIZE // 2),
    "combining marks": "e\u0301" * (SIZE // 2),
    "expanding ligature": "\ufdfa" * (SIZE // 10),
    "tags": "\U000e0041" * (SIZE // 2),
    "zero width": "a\u200b" * (SIZE // 2),
    "right to left": "\u202eabc" * (SIZE // 4),
    "morse look": ".- " * (SIZE // 3),
    "leet": "1gn0r3 " * (SIZE // 7),
    "spaced letters": "i g n o r e  " * (SIZE // 13),
    "trigger words": "ignore previous instructions " * (SIZE // 29),
    "cards": "4111 1111 1111 1111 " * (SIZE // 20),
    "cards after accents": "\u00e9\u4e2d 4111 1111 1111 1111 " * (SIZE // 23),
    "quotes": "\"'" * (SIZE // 2),
    "lone surrogates": "\ud800" * (SIZE // 10),
    "nulls": "\x00" * SIZE,
    "urls": "http://a.b/ " * (SIZE // 12),
    "private key headers": "-----BEGIN PRIVATE KEY-----" * (SIZE // 27),
    "password assignments": "password=" * (SIZE // 9),
    "markdown images": "![a](http://b.c/" * (SIZE // 16),
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_views_stay_within_a_small_multiple_of_the_text(shape: str) -> None:
    text = SHAPES[shape]
    reading = read(text)
    total = sum(len(octets.view.text) for octets in (*reading.plain, *reading.squeezed))
    assert total <= 8 * len(text)


@pytest.mark.parametrize(
    "shape", ["percent", "cards", "trigger words", "lone surrogates", "tags", "password assignments"]
)
def test_a_pathological_message_gets_a_verdict(shape: str) -> None:
    verdict = evaluate(Content((Message("user", SHAPES[shape]),)), POLICY)
    assert verdict.reason
    assert verdict.unscanned == ()


def test_deep_and_wide_tool_arguments_are_reported_and_not_followed() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    wide = {str(number): "x" for number in range(20_000)}
    calls = ({"name": "deep", "input": {"q": deep}}, {"name": "wide", "input": wide})
    verdict = evaluate(Content((Message("user", "hi"),), tool_calls=calls), POLICY)
    assert [part.reason for part in verdict.unscanned] == ["too_large", "too_large"]


def test_deeply_nested_blocks_are_reported() -> None:
    block: dict[str, Any] = {"type": "text", "text": "x"}
    for _ in range(200):
        block = {"type": "tool_result", "content": [block]}
    verdict = evaluate(Content((Message("user", [block]),)), POLICY)
    assert [part.reason for part in verdict.unscanned] == ["unsupported_block"]


def test_a_megabyte_is_refused_by_the_default_budget() -> None:
    with pytest.raises(ContentTooLarge):
        evaluate(Content((Message("user", "a" * 1_000_000),)), Policy.preset())


@pytest.mark.parametrize("seed", range(30))
def test_random_octets_never_crash(seed: int) -> None:
    chance = random.Random(seed)
    text = bytes(chance.randrange(256) for _ in range(2_000)).decode("utf-8", "surrogateescape")
    evaluate(Content((Message("user", text), Message("tool", text[::-1]))), POLICY)
    once = redact_text(text).text
    assert redact_text(once).text == once
