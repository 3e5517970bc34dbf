"""No rule finds anything in what comes about: by every command, and by time."""

from __future__ import annotations

import pytest
from account_sanctions.domain.checking import RULES_OF_STEPS
from account_sanctions.domain.checking.steps import said

from .courses import COURSES


@pytest.mark.parametrize("name", COURSES)
def test_no_rule_says_anything_of_a_step_that_comes_about(name: str) -> None:
    step = COURSES[name]()
    assert {rule.__name__: said(rule, step) for rule in RULES_OF_STEPS if said(rule, step)} == {}
