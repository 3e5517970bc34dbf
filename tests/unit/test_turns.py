"""Turns: one at a time for a name, nobody for another name, and nothing is kept of names that nobody asks for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest
from account_sanctions.infrastructure.turns import Turns


def test_turn_is_had_by_one_at_a_time_and_forgotten_after_the_last() -> None:
    turns, inside, most = Turns(Lock), list[int](), list[int]()

    def work(number: int) -> None:
        with turns.of("gh_1"):
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    assert max(most) == 1
    assert turns.waiting == 0


def test_turns_of_two_names_are_had_side_by_side() -> None:
    turns, meet = Turns(Lock), Barrier(2)

    def work(name: str) -> None:
        with turns.of(name):
            meet.wait(20)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ("gh_1", "gh_2")))


def test_turn_ends_with_an_error_too() -> None:
    turns = Turns(Lock)
    with pytest.raises(ValueError, match="no"), turns.of("gh_1"):
        raise ValueError("no")
    assert turns.waiting == 0
    with turns.of("gh_1"):
        assert turns.waiting == 1
