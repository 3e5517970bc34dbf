"""Walking a space backwards."""

from __future__ import annotations

from array import array

from account_sanctions.domain.checking.reaching import first_that_cannot_reach


def links(*steps: tuple[int, int]) -> tuple[array[int], array[int]]:
    return array("q", [source for source, _ in steps]), array("q", [target for _, target in steps])


def test_a_trap_is_found_by_its_first_state() -> None:
    assert first_that_cannot_reach([0], links((0, 1), (1, 0), (0, 2), (2, 3), (3, 2)), 4) == 2


def test_where_everything_leads_back_nothing_is_found() -> None:
    assert first_that_cannot_reach([0], links((0, 1), (1, 2), (2, 0)), 3) is None


def test_a_loop_on_itself_leads_nowhere() -> None:
    assert first_that_cannot_reach([0], links((0, 1), (1, 1)), 2) == 1
