"""Sums and levels, exactly: fractions of several denominators, what fades at several speeds, steps of one level."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import pytest
from account_sanctions.domain.policies.ladders import Step
from account_sanctions.domain.policies.numbers import Parts, total
from account_sanctions.domain.policies.rungs import Rungs, hardest
from account_sanctions.domain.policies.weighing import Scales, void_violations
from account_sanctions.domain.state import NOTHING, Violation

from tests.unit.scenario import REVIEWER, Account, t

_STEP: Final = Step()


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ([], 0),
        ([(3, 1), (4, 1)], 7),
        ([(1, 3)], Fraction(1, 3)),
        ([(3, 2)], Fraction(3, 2)),
        ([(1, 2), (1, 2)], 1),
        ([(2, 1), (1, 2)], Fraction(5, 2)),
        ([(1, 2), (1, 3), (1, 2)], Fraction(4, 3)),
        ([(1, 1), (1, 3), (1, 1), (1, 3), (1, 3)], 3),
        ([(0, 2), (0, 3)], 0),
    ],
)
def test_sum_is_exact_in_whatever_order_the_denominators_come(parts: list[Parts], value: Any) -> None:
    found = total(parts)
    assert found == value
    assert isinstance(found, Fraction) == isinstance(value, Fraction), "whole numbers are integers"


# What violations weigh.


def _fading(name: str, until: str, weight: str = "4") -> Violation:
    plain: dict[str, Any] = dict.fromkeys(("category", "severity", "content_at", "batch"))
    return Violation(
        **plain, id=name, number=1, clause="spam", at=t("+0d"), weight=weight, counts_until=t(until), decay="linear"
    )


def test_nothing_weighs_nothing() -> None:
    scales = Scales(NOTHING, t("+0d"))
    assert scales.alive([]) == []
    assert scales.weigh([]) == (0, [])
    assert Scales(NOTHING, t("+0d")).weigh([]) == (0, [])


def test_of_two_that_weigh_the_same_but_fade_at_other_speeds_each_keeps_its_own() -> None:
    violations = [_fading("a", "+10d"), _fading("b", "+20d"), _fading("c", "+20d"), _fading("d", "+10d")]
    weight, counted = Scales(NOTHING, t("+5d")).weigh(violations)
    assert [one.value for one in counted] == [2, 3, 3, 2]
    assert weight == 10


def test_violations_are_weighed_at_the_last_thing_on_record_where_that_is_later() -> None:
    state = Account().given("note", at="+5d", text="seen").state
    for at in ("+0d", "+5d"):
        assert Scales(state, t(at)).weight(_fading("v", "+10d")) == 2
    assert Scales(state, t("+9d")).weight(_fading("v", "+10d", "10")) == 1
    assert Scales(state, t("+0d")).alive([_fading("v", "+5d")]) == [False]


def test_violation_is_void_once_every_sanction_that_rested_on_it_was_overturned() -> None:
    account = Account()
    for name in ("v", "w", "x"):
        account.given("record_violation", at="+0d", violation=name, clause="spam")
    for sanction, violations in (("one", ["v", "w"]), ("two", ["w"])):
        basis = {"clause": "spam", "violations": violations}
        account.given("warn", at="+0d", sanction=sanction, basis=basis, permanent=True)
    assert void_violations(account.state) == frozenset()
    account.given("overturn", at="+1d", by=REVIEWER, sanction="one")
    assert void_violations(account.state) == {"v"}
    account.given("overturn", at="+1d", by=REVIEWER, sanction="two")
    assert void_violations(account.state) == {"v", "w"}


# Steps.


def test_steps_of_one_level_keep_the_order_of_the_file_whatever_they_are_called() -> None:
    rungs = Rungs(((3, "z", _STEP), (1, "b", _STEP), (1, "a", Step(propose=True)), (3, "y", _STEP), (1, "c", _STEP)))
    assert [name for _, name, _ in rungs.reached(2)] == ["b", "a", "c"]
    assert [name for _, name, _ in rungs.crossed(0, 3)] == ["b", "a", "c", "z", "y"]
    assert rungs.reached(0) == rungs.crossed(1, 2) == ()


@pytest.mark.parametrize(
    ("levels", "level", "reached"),
    [
        ((1, 2), Fraction(3, 2), "1"),
        ((1, 2), 2, "2"),
        ((Fraction(1, 2), Fraction(3, 2)), Fraction(4, 3), "1/2"),
        ((Fraction(1, 2), Fraction(3, 2)), Fraction(3, 2), "3/2"),
        ((1, Fraction(3, 2)), Fraction(5, 3), "3/2"),
    ],
)
def test_level_between_two_steps_reaches_the_lower_one(levels: tuple[Any, ...], level: Any, reached: str) -> None:
    rungs = Rungs(tuple([(one, str(one), _STEP) for one in levels]))
    assert [name for _, name, _ in rungs.reached(level)] == [reached]


def test_of_steps_that_are_as_hard_that_of_the_highest_level_is_the_hardest_and_of_one_level_the_first() -> None:
    """By the level and not by its name, by which 9 would come after 10."""
    assert hardest(((9, "9", _STEP), (10, "10", _STEP)))[1] == "10"
    assert hardest(((10, "a", _STEP), (10, "b", _STEP)))[1] == "a"
    assert hardest(((9, "alone", _STEP),))[1] == "alone"
