"""Checks answer for every fragment: a value that fails is tried again shorter, down to its first digits."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptguard.guard.engine import redact_text
from promptguard.guard.engine.detectors.pii.recognizers import RECOGNIZERS, Recognizer

_CHECKED = [recognizer for recognizer in RECOGNIZERS if recognizer.check is not None]
_PIECE = st.text("0123456789 -./+(),ABXZabz@\u00e9\u0663_", max_size=24)


@pytest.mark.parametrize(
    "recognizer", _CHECKED, ids=[f"{number}-{each.entity}" for number, each in enumerate(_CHECKED)]
)
def test_a_check_answers_for_any_text(recognizer: Recognizer) -> None:
    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(_PIECE)
    def check(text: str) -> None:
        assert recognizer.check is not None
        assert recognizer.check(text) in (True, False)

    check()


@pytest.mark.parametrize(
    "text",
    [
        "912-66-1234",
        "my number is 912 66 1234, call me",
        "95.12345, 10.12345",
        "-12.123456 , 999.123456",
        "00.0000, 0.0000",
        "tel: +",
        "0.0.0.0 and 300.300.300.300",
    ],
)
def test_numbers_that_only_look_like_identifiers_pass_unharmed(text: str) -> None:
    assert redact_text(text, entities=frozenset({each.entity for each in RECOGNIZERS})).text is not None


def test_a_number_of_the_plan_is_found_with_its_trunk_prefix_and_one_of_no_plan_is_not() -> None:
    found = [
        redact_text(f"reach +{number} now").found
        for number in ("49 (0)30 901820", "49 030 901820", "1 212 555 0147")
    ]
    assert found == [("phone",)] * 3
    assert not re.search(r"REDACTED", redact_text("version +999 1234567").text)
