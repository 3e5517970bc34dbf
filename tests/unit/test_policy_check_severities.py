"""Severities compared with each other, level by level: where a graver one is treated as milder, and where it is not."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.test_policy_check_steps import mistakes
from tests.unit.test_policy_checks import WARN, ban, ladder

Json = dict[str, Any]
_STEPS: Final = "ladders.strikes.steps"
_ADVICE: Final = "make it harsher, or let the ladder say `may_get_milder = true`"
_COUNTED_APART: Final = (
    "each severity is counted by itself, so that the first violation of a graver one can bring what is milder than the last of "
    "a milder one; leave it out, or let the ladder say `may_get_milder = true`"
)


def _step(severity: str, at: int, days: int, **fields: Any) -> Json:
    """From this level on, violations of this severity bring a ban of so many days."""
    return {"severity": severity, "at": at, "impose": [ban(f"P{days}D")], **fields}


def test_each_level_is_compared_with_the_step_that_the_graver_severity_has_there() -> None:
    fields = ladder(_step("minor", 1, 1), _step("minor", 2, 5), _step("grave", 1, 2), _step("grave", 2, 4))
    assert mistakes(**fields) == {
        f"{_STEPS}.3.impose": f"at level 2 it is milder for 'grave' than for 'minor', the milder severity; {_ADVICE}"
    }


def test_level_at_which_the_milder_severity_has_no_step_yet_does_not_end_the_comparison() -> None:
    assert mistakes(**ladder(_step("grave", 1, 1), _step("minor", 2, 9))) == {
        f"{_STEPS}.0.impose": f"at level 2 it is milder for 'grave' than for 'minor', the milder severity; {_ADVICE}"
    }


def test_graver_severity_may_begin_at_a_level_that_none_of_its_violations_stays_below() -> None:
    clause = {"weights": {"minor": 1, "grave": 4}}
    assert mistakes(**ladder(_step("minor", 1, 7), _step("grave", 3, 9), count="weight", clause=clause)) == {}


def test_severity_is_not_compared_with_one_of_another_class_of_accounts() -> None:
    steps = [
        _step("minor", 1, 5, account_class="new"),
        _step("grave", 1, 9, account_class="new"),
        _step("minor", 1, 1, account_class="old"),
        _step("grave", 1, 2, account_class="old"),
    ]
    assert mistakes(**ladder(*steps)) == {}


# Severities that are counted apart.


def test_severities_counted_apart_are_right_where_the_graver_one_alone_has_steps() -> None:
    assert mistakes(**ladder(_step("grave", 1, 1), same_severity=True)) == {}


def test_severities_counted_apart_are_compared_behind_one_that_has_no_steps() -> None:
    steps = [_step("b", 1, 1), _step("b", 2, 9), _step("c", 1, 2), _step("c", 2, 10)]
    assert mistakes(severities=["a", "b", "c"], **ladder(*steps, same_severity=True)) == {
        "ladders.strikes.same_severity": _COUNTED_APART
    }


def test_severity_counted_apart_may_begin_at_the_level_that_its_first_violation_reaches() -> None:
    clause = {"weights": {"a": 1, "b": 2, "c": 5}}
    steps = [_step("a", 1, 1), _step("b", 1, 2), _step("c", 4, 9)]
    fields = ladder(*steps, same_severity=True, count="weight", clause=clause)
    assert mistakes(severities=["a", "b", "c"], **fields) == {}


def test_step_for_all_severities_counted_apart_may_begin_where_the_first_of_a_graver_one_reaches() -> None:
    def fields(at: int) -> Json:
        weights = {"minor": 1, "grave": 4}
        return ladder({"at": at, "impose": [WARN]}, same_severity=True, count="weight", clause={"weights": weights})

    assert mistakes(**fields(4)) == {}
    assert mistakes(**fields(5)) == {"ladders.strikes.same_severity": _COUNTED_APART}
