"""`docker/.env.example` and the code know the same variables, with the same defaults."""

import pytest

from tests.ops.environment import UNKNOWN, documented, variables_read


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    assert set(documented()) == set(variables_read())


@pytest.mark.parametrize("name", sorted(documented()))
def test_the_documentation_says_what_it_is_for_and_whether_it_is_required(name: str) -> None:
    _, comment = documented()[name]
    verdict, _, meaning = comment.partition(". ")
    assert verdict.split()[0] in {"Required", "Optional", "Never"}
    assert len(meaning) > 20


@pytest.mark.parametrize("name", sorted(documented()))
def test_the_default_shown_is_the_default_read(name: str) -> None:
    shown, comment = documented()[name]
    defaults = variables_read()[name] - {UNKNOWN, None}
    if defaults and "Default:" not in comment:  # that one is computed, and said in words
        assert shown.lower() in {str(default).lower() for default in defaults}
