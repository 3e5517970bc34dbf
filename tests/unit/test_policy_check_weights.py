"""Where it is right that violations come to weigh less: at equal weights, where nothing climbs, where the ladder says so."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.unit.test_policy_check_steps import mistakes
from tests.unit.test_policy_checks import WARN, ban, ladder

Json = dict[str, Any]
_LOWER: Final = (
    "a later violation can weigh 1 and the first no longer count, so that repetition gets milder; lower it, or let the ladder "
    "say `may_get_milder = true`"
)


def _weighed(clause: Json, **fields: Any) -> Json:
    """A ladder of weights of a single step."""
    return ladder({"at": 1, "impose": [WARN]}, count="weight", clause=clause, **fields)


def test_graver_severity_may_weigh_as_much_as_a_milder_one() -> None:
    assert mistakes(**_weighed({"weights": {"minor": 2, "grave": 2}})) == {}


@pytest.mark.parametrize("apart", [{"same_severity": True}, {"scope": "category"}])
def test_first_weight_above_the_weight_is_found_where_the_next_is_counted_apart(apart: Json) -> None:
    clause = {"first_weight": 5, "category": "noise"}
    assert mistakes(**_weighed(clause, **apart)) == {"clauses.spam.first_weight": _LOWER}
    assert mistakes(**_weighed(clause, scope="account")) == {}


# Good standing.


def test_curve_may_fall_to_nothing_where_no_clause_is_dampened() -> None:
    rule = {"below": 3, "curve": [1, 0]}
    assert mistakes(good_standing=rule, **_weighed({"weight": 4, "severe": True})) == {}


def test_curve_that_lies_at_the_weight_itself_dampens_nothing_that_could_come_back() -> None:
    fields = {"good_standing": {"below": 3, "curve": [4]}, "counting": {"expires_after": "P90D"}}
    assert mistakes(**fields, **_weighed({"weight": 4})) == {}


def test_curve_may_fall_to_the_weight_itself_which_is_all_that_a_violation_ever_weighs() -> None:
    assert mistakes(good_standing={"below": 3, "curve": [2, 5, 4]}, **_weighed({"weight": 4})) == {}


# Escalations.


def _passing_over(**fields: Any) -> dict[str, str]:
    """The mistakes where a repeated `a` is treated as `c`, and never as `b`."""
    return mistakes(severities=["a", "b", "c"], escalations=[{"severity": "a", "becomes": "c"}], **fields)


def test_escalation_may_pass_over_a_severity_where_the_ladder_may_get_milder() -> None:
    steps = [{"severity": name, "impose": [ban(f"P{days}D")]} for days, name in enumerate("abc", 1)]
    assert list(_passing_over(**ladder(*steps))) == ["escalations.0.becomes"]
    assert _passing_over(**ladder(*steps, may_get_milder=True)) == {}


def test_escalation_may_pass_over_a_severity_that_weighs_what_every_other_one_does() -> None:
    """Not every ladder of weights tells severities apart: those do whose own clauses weigh by severity."""
    fields = _weighed({})
    assert _passing_over(**fields) == {}
    fields["clauses"]["fraud"] = {"ladder": "other", "weights": {"a": 1, "b": 2, "c": 3}}
    fields["ladders"]["other"] = {"count": "weight", "may_get_milder": True, "steps": [{"impose": [WARN]}]}
    assert _passing_over(**fields) == {}


def test_escalation_may_pass_over_a_severity_where_violations_are_counted_and_not_weighed() -> None:
    weights = {"a": 1, "b": 2, "c": 3}
    assert _passing_over(**ladder({"impose": [WARN]}, clause={"weights": weights})) == {}
