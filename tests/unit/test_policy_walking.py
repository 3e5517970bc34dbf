"""A ladder walked as violations would: which kinds of violation its steps tell apart, and which step is taken at which level."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.policies.hardness import hardness
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.policies.walking import Walk, Walker, cells_of

from tests.unit.test_policy_checks import WARN, ban, ladder, policy

Json = dict[str, Any]
_SEVERITIES: Final = ["minor", "grave"]
_BAN_FOR_EVER: Final[Json] = {"ban": {"permanent": True}}


def _steps(*steps: Json, **fields: Any) -> Policy:
    """A policy whose one ladder has these steps and adds up weights; a violation weighs 1 unless `clause` says otherwise."""
    others = {name: fields.pop(name) for name in ("counting", "second_person", "account_classes") if name in fields}
    return policy(**others, **ladder(*steps, **{"count": "weight", **fields}))


def _walker(rules: Policy) -> Walker:
    strikes = rules.ladders["strikes"]
    return Walker("strikes", strikes, rules, [hardness(step) for step in strikes.steps])


def _walk(rules: Policy, severity: str | None = None) -> Walk:
    return _walker(rules).walk((severity, None))


def _taken(rules: Policy) -> list[int]:
    """The numbers of the steps that are ever taken, by rising level."""
    return [one.number for one in _walk(rules).taken]


# Cells.


@pytest.mark.parametrize(
    ("step", "cells"),
    [
        ({}, [(None, None)]),
        ({"severity": "grave"}, [("minor", None), ("grave", None)]),
        ({"account_class": "b"}, [(None, "a"), (None, "b")]),
        ({"account_class": "a"}, [(None, "a"), (None, "b")]),
        ({"severity": "grave", "account_class": "c"}, [(name, one) for one in ("a", "c") for name in _SEVERITIES]),
    ],
)
def test_cells_are_what_the_steps_tell_apart_and_one_class_stands_for_all_that_no_step_names(
    step: Json, cells: list[tuple[str | None, str | None]]
) -> None:
    rules = _steps({"impose": [WARN], **step}, account_classes=["a", "b", "c", "d"])
    assert cells_of(rules.ladders["strikes"], rules) == cells


def test_names_that_the_policy_does_not_list_make_no_cells() -> None:
    step = {"impose": [WARN], "severity": "grave", "account_class": "old"}
    rules = policy(severities=[], account_classes=[], **ladder(step))
    assert cells_of(rules.ladders["strikes"], rules) == [(None, None)]


def test_classes_that_are_all_named_have_a_cell_each_and_no_other() -> None:
    steps = [{"impose": [WARN], "account_class": name} for name in ("new", "old")]
    rules = policy(**ladder(*steps))
    assert cells_of(rules.ladders["strikes"], rules) == [(None, "new"), (None, "old")]


# The least level.


def test_least_level_of_a_severity_is_that_of_its_own_weight() -> None:
    walker = _walker(_steps({"impose": [WARN]}, clause={"weight": 2, "weights": {"minor": 3, "grave": 5}}))
    assert [walker.least(severity) for severity in ("minor", "grave", None)] == [3, 5, 2]
    assert [walker.walk((severity, None)).least for severity in ("minor", "grave", None)] == [3, 5, 2]


@pytest.mark.parametrize("weights", [(1, 3), (3, 1)])
def test_least_level_is_that_of_the_lightest_clause_wherever_it_stands(weights: tuple[int, int]) -> None:
    fields = ladder({"impose": [WARN]}, count="weight")
    fields["clauses"] = {f"c{number}": {"ladder": "strikes", "weight": one} for number, one in enumerate(weights)}
    fields["clauses"]["elsewhere"] = {"weight": "1/9"}
    assert _walker(policy(**fields)).least(None) == 1


# Which of several steps.


def test_levels_between_whole_numbers_are_reached_one_by_one_where_weights_are_fractions() -> None:
    rules = _steps({"at": "1/2", "impose": [WARN]}, {"at": 1, "impose": [ban("P1D")]}, clause={"weight": "1/4"})
    assert _taken(rules) == [0, 1]


@pytest.mark.parametrize(("fires", "taken"), [("each", [1]), ("crossing", [0])])
def test_of_steps_below_the_least_level_the_highest_is_reached_and_the_hardest_is_crossed(
    fires: str, taken: list[int]
) -> None:
    steps = [{"at": 1, "impose": [ban("P9D")]}, {"at": 2, "impose": [WARN]}]
    assert _taken(_steps(*steps, clause={"weight": 3}, fires=fires)) == taken


def test_step_at_zero_stands_in_the_way_of_none_where_levels_are_crossed() -> None:
    """However hard it is: nothing comes to zero from below, and so the step above it is crossed alone."""
    steps = [{"at": 0, "impose": [ban("P9D")]}, {"at": 1, "impose": [WARN]}]
    assert _taken(_steps(*steps, fires="crossing")) == [1]


@pytest.mark.parametrize(
    ("hardest", "second_person", "taken"),
    [
        ({"impose": [ban("P3D")]}, ["permanent_ban"], [1]),
        ({"impose": [_BAN_FOR_EVER]}, [], [1]),
        ({"impose": [ban("P3D")], "propose": True}, [], [0, 1]),
        ({"impose": [_BAN_FOR_EVER]}, ["permanent_ban"], [0, 1]),
    ],
)
def test_harder_step_that_waits_for_a_person_leaves_the_lower_one_to_fire(
    hardest: Json, second_person: list[str], taken: list[int]
) -> None:
    """A violation of weight 4 crosses both; what waits for a person has fired while it waits."""
    steps = [{"at": 1, "impose": [WARN]}, {"at": 4, **hardest}]
    rules = _steps(*steps, clause={"weight": 4}, fires="once", second_person=second_person)
    assert _taken(rules) == taken
