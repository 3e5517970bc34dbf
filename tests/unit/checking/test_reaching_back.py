"""Walking a space backwards: the first state may be the one that is stuck, and a way may be long."""

from __future__ import annotations

from array import array

import pytest
from account_sanctions.domain.checking.reaching import first_that_cannot_reach

from .test_reaching import links


def test_beginning_itself_may_be_stuck() -> None:
    assert first_that_cannot_reach([1], links((1, 0)), 2) == 0
    assert first_that_cannot_reach([1], links((0, 1)), 2) is None


def test_of_several_that_are_stuck_the_first_is_found() -> None:
    assert first_that_cannot_reach([3], links((0, 3), (3, 1), (3, 2), (1, 2)), 4) == 1


def test_goals_reach_themselves() -> None:
    assert first_that_cannot_reach([0, 1], links(), 2) is None
    assert first_that_cannot_reach([], links((0, 1)), 2) == 0


def test_links_have_as_many_sources_as_targets() -> None:
    with pytest.raises(ValueError, match="zip"):
        first_that_cannot_reach([0], (array("q", [1]), array("q")), 2)
