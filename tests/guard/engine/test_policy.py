"""Policies: presets, round trip, validation with the path of the wrong field, stable versions."""

from __future__ import annotations

from typing import Any

import pytest

from promptguard.guard.engine import STRICTNESS_LEVELS, USE_CASES, Policy, PolicyError, parse_preset


@pytest.mark.parametrize("use_case", USE_CASES)
@pytest.mark.parametrize("strictness", STRICTNESS_LEVELS)
def test_every_preset_round_trips(use_case: str, strictness: str) -> None:
    policy = Policy.preset(use_case, strictness)
    again = Policy.from_guardrails(policy.guardrails(), use_case, strictness)
    assert again == policy
    assert again.version == policy.version


def test_versions_differ_when_anything_differs() -> None:
    versions = {Policy.preset(case, level).version for case in USE_CASES for level in STRICTNESS_LEVELS}
    assert len(versions) == len(USE_CASES) * len(STRICTNESS_LEVELS)
    assert Policy.from_guardrails({"toxicity": {"enabled": False}}).version not in versions


def test_the_returned_guardrails_are_a_copy() -> None:
    policy = Policy.preset()
    policy.guardrails()["toxicity"]["enabled"] = False
    assert policy.guardrails()["toxicity"]["enabled"] is True


@pytest.mark.parametrize(
    ("guardrails", "field"),
    [
        ({"prompt_injektion": {}}, "guardrails.prompt_injektion"),
        ({"toxicity": {"threshold": 1.5}}, "guardrails.toxicity.threshold"),
        ({"toxicity": {"categories": ["rude"]}}, "guardrails.toxicity.categories"),
        ({"pii_detection": {"entities": ["shoe_size"]}}, "guardrails.pii_detection.entities"),
        ({"pii_detection": {"mode": "shred"}}, "guardrails.pii_detection.mode"),
        ({"prompt_injection": {"enabled": "yes"}}, "guardrails.prompt_injection.enabled"),
        ({"prompt_injection": {"warn_threshold": 0.5}}, "guardrails.prompt_injection.warn_threshold"),
        (
            {"prompt_injection": {"warn_threshold": 0.9, "block_threshold": 0.5}},
            "guardrails.prompt_injection.warn_threshold",
        ),
        (
            {"mcp_security": {"max_argument_size_bytes": True}},
            "guardrails.mcp_security.max_argument_size_bytes",
        ),
        ({"url_filtering": []}, "guardrails.url_filtering"),
    ],
)
def test_errors_name_the_field(guardrails: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_guardrails(guardrails)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("support_bot:strict", ("support_bot", "strict")),
        ("rag_system", ("rag_system", "moderate")),
        ("strict", ("default", "strict")),
        ("default", ("default", "moderate")),
    ],
)
def test_preset_names(name: str, expected: tuple[str, str]) -> None:
    assert parse_preset(name) == expected


@pytest.mark.parametrize(
    "name", ["", "paranoid", "support_bot:", "support_bot:paranoid", "strict:strict", "strict:"]
)
def test_unknown_presets_list_the_valid_names(name: str) -> None:
    with pytest.raises(PolicyError, match="support_bot:strict"):
        parse_preset(name)
