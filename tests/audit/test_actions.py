"""The vocabulary: `noun.verb_past`, and each with a sentence that can be filled."""

import re

import pytest

from audit.actions import Action, action_name


@pytest.mark.parametrize("action", Action)
def test_each_action_is_named_and_said(action: Action) -> None:
    assert re.fullmatch(r"[a-z_0-9]+\.[a-z_0-9]+", action)
    assert action.name == action_name(action)
    assert action.sentence.format(actor="user Mia", target="project 7").endswith(".")
